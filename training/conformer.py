"""The early-exit Conformer: convolutional front end, a stack of blocks, branches after some.

After Wright et al. 2023 (arXiv 2309.09546): no positional encoding, CTC at every exit. Layouts are
[batch, frames, features] throughout, and every module that mixes frames takes a mask, so that
padding never changes a real frame.
"""

from typing import Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from edge.framing import Framing
from training.attention import SelfAttention
from training.branches import BranchKind, make_branch
from training.encoder import EarlyExitEncoder, check_stack

SUBSAMPLING = 4


class ConformerConfig(BaseModel):
    """Sizes of an early-exit Conformer; `exits` are counted in blocks run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Literal["conformer"] = "conformer"
    n_mels: int = Field(80, ge=8)
    channels: int = Field(32, gt=0)
    dim: int = Field(144, gt=0)
    heads: int = Field(4, gt=0)
    ff_dim: int = Field(288, gt=0)
    kernel: int = Field(15, gt=0)
    blocks: int = Field(12, gt=0)
    exits: tuple[int, ...] = (2, 4, 6, 8, 10, 12)
    branch: BranchKind = "linear"
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_stack(self)
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel {self.kernel} must be odd")
        return self


class FrontEnd(nn.Module):
    """Two strided convolutions and a projection: four log-mel frames become one."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        bands = -(-config.n_mels // SUBSAMPLING)
        self.conv1 = nn.Conv2d(1, config.channels, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(config.channels, config.channels, 3, stride=2, padding=1)
        self.project = nn.Linear(config.channels * bands, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, T, n_mels] and mask [B, T, 1] to f32[B, ceil(T / 4), dim].

        The mask is applied between the convolutions: a padded frame holds what the
        convolution's own zero padding would.
        """
        x = F.relu(self.conv1((features * mask).unsqueeze(1)))
        x = x * mask[:, ::2].unsqueeze(1)
        x = F.relu(self.conv2(x))
        projected = self.project(x.permute(0, 2, 3, 1).flatten(2))
        dropped: Tensor = self.dropout(projected)
        return dropped


class FeedForward(nn.Module):
    """LayerNorm, expansion, SiLU, contraction."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.dim)
        self.expand = nn.Linear(config.dim, config.ff_dim)
        self.contract = nn.Linear(config.ff_dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape, frame by frame."""
        contracted: Tensor = self.dropout(self.contract(F.silu(self.expand(self.norm(x)))))
        return contracted


class MaskedBatchNorm(nn.Module):
    """Batch normalisation over real frames only; at inference an affine map that folds away."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, dim: int, momentum: float = 0.05, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("running_mean", torch.zeros(dim))
        self.register_buffer("running_var", torch.ones(dim))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Normalise f32[B, N, dim] per feature."""
        if self.training:
            mean, var = self._batch_moments(x.float(), mask)
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(var + self.eps)
        return x * scale + (self.bias - mean * scale)

    def _batch_moments(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        count = mask.sum()
        mean = (x * mask).sum((0, 1)) / count
        var = ((x * x) * mask).sum((0, 1)) / count - mean * mean
        var = var.clamp(min=0.0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        return mean, var


class ConvModule(nn.Module):
    """Pointwise convolution with gate, depthwise convolution over time, pointwise convolution."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.dim)
        self.expand = nn.Linear(config.dim, 2 * config.dim)
        self.depthwise = nn.Conv1d(
            config.dim,
            config.dim,
            config.kernel,
            padding=config.kernel // 2,
            groups=config.dim,
            bias=False,
        )
        self.batch_norm = MaskedBatchNorm(config.dim)
        self.contract = nn.Linear(config.dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; padded frames enter the convolution as zeros."""
        x = F.glu(self.expand(self.norm(x)), dim=-1) * mask
        x = self.depthwise(x.transpose(1, 2)).transpose(1, 2)
        contracted: Tensor = self.dropout(self.contract(F.silu(self.batch_norm(x, mask))))
        return contracted


class ConformerBlock(nn.Module):
    """Half feed-forward, attention, convolution, half feed-forward, LayerNorm (Gulati 2020)."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.feed_forward1 = FeedForward(config)
        self.attention = SelfAttention(config.dim, config.heads, config.dropout)
        self.conv = ConvModule(config)
        self.feed_forward2 = FeedForward(config)
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to f32[B, N, dim]."""
        x = x + 0.5 * self.feed_forward1(x)
        x = x + self.attention(x, mask)
        x = x + self.conv(x, mask)
        x = x + 0.5 * self.feed_forward2(x)
        normed: Tensor = self.norm(x)
        return normed


class EarlyExitConformer(EarlyExitEncoder):
    """Front end, blocks, and one untied branch per exit."""

    config: ConformerConfig

    def __init__(self, config: ConformerConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        self.frontend = FrontEnd(config)
        self.blocks = nn.ModuleList(ConformerBlock(config) for _ in range(config.blocks))
        self.branches = nn.ModuleDict(
            {
                str(exit): make_branch(config.branch, config.dim, vocabulary, config.dropout)
                for exit in config.exits
            }
        )

    @property
    def framing(self) -> Framing:
        """Every four feature frames, begun ones too, are one encoder frame."""
        return Framing(window=1, hop=SUBSAMPLING)

    @property
    def width(self) -> int:
        """Mel bands."""
        return self.config.n_mels
