"""Raw sound → frames: strided convolutions, a projection, a positional convolution."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from edge.framing import Framing
from training.conformer import MaskedBatchNorm
from training.pretrained.config import Activation, PretrainedConfig

ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
}


class NormOverTime(nn.Module):
    """GroupNorm with one group per channel: each is normalised over the utterance's real frames.

    wav2vec 2.0's (arXiv 2006.11477), but that padding does not count.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Normalise f32[B, C, T]; mask f32[B, 1, T]."""
        count = mask.sum(-1, keepdim=True).clamp(min=1.0)
        centred = x - (x * mask).sum(-1, keepdim=True) / count
        variance = (centred.square() * mask).sum(-1, keepdim=True) / count
        scale = torch.rsqrt(variance + self.eps) * self.weight.unsqueeze(-1)
        return centred * scale + self.bias.unsqueeze(-1)


class ConvLayer(nn.Module):
    """A strided convolution without padding, perhaps a norm, and an activation."""

    def __init__(self, config: PretrainedConfig, index: int) -> None:
        super().__init__()
        channels = config.conv_dims[index]
        self.conv = nn.Conv1d(
            config.conv_inputs[index],
            channels,
            config.conv_kernels[index],
            stride=config.conv_strides[index],
            bias=config.conv_bias,
        )
        self.over_time = config.conv_norm == "group" and index == 0
        self.norm: nn.Module | None = None
        if self.over_time:
            self.norm = NormOverTime(channels)
        elif config.conv_norm == "layer":
            self.norm = nn.LayerNorm(channels)
        self.framing = Framing(config.conv_kernels[index], config.conv_strides[index])
        self.activation = ACTIVATIONS[config.conv_activation]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, C, T] to f32[B, C', T']; the mask [B, T, 1] over what it reads."""
        x = self.conv(x)
        if self.norm is not None and self.over_time:
            x = self.norm(x, mask[:, self.framing.ends].transpose(1, 2))
        elif self.norm is not None:
            x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return self.activation(x)


class PositionLayer(nn.Module):
    """A grouped convolution over many frames that keeps their number, and an activation."""

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        kernel = config.position_kernel
        self.conv = nn.Conv1d(
            config.dim,
            config.dim,
            kernel,
            padding=kernel // 2,
            groups=config.position_groups,
        )
        self.activation = ACTIVATIONS[config.conv_activation]
        self.norm: nn.LayerNorm | None = None
        if config.position_layers > 1:
            self.norm = nn.LayerNorm(config.dim, elementwise_affine=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; padded frames must be 0."""
        length = x.shape[1]
        x = self.conv(x.transpose(1, 2))[..., :length].transpose(1, 2)
        if self.norm is not None:
            x = self.norm(x)
        return self.activation(x)


class PositionalConvolution(nn.Module):
    """What is added to the frames to tell them where they are."""

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(PositionLayer(config) for _ in range(config.position_layers))
        self.batch_norm = MaskedBatchNorm(config.dim) if config.position_batch_norm else None

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to f32[B, N, dim]."""
        if self.batch_norm is not None:
            x = self.batch_norm(x, mask)
        for layer in self.layers:
            x = layer(x * mask)
        return x


class FrontEnd(nn.Module):
    """Convolutions, projection, positional convolution, and a post-norm encoder's first norm.

    Its three steps are `extract`, `project` and `place`; masked prediction replaces frames
    between the last two.
    """

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        channels = config.conv_dims[-1]
        self.framing = config.framing
        self.convs = nn.ModuleList(
            ConvLayer(config, index) for index in range(len(config.conv_dims))
        )
        self.norm = nn.LayerNorm(channels, eps=config.norm_eps) if config.project_norm else None
        self.projection = nn.Linear(channels, config.dim)
        self.position = PositionalConvolution(config)
        self.out_norm = None if config.pre_norm else nn.LayerNorm(config.dim, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def extract(self, samples: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, n, 1] and mask [B, n, 1] to the convolutions' frames f32[B, N, channels]."""
        x = (samples * mask).transpose(1, 2)
        for conv in self.convs:
            # Only the first one's norm reads the mask, and there it is over samples.
            x = conv(x, mask)
        return x.transpose(1, 2)

    def project(self, x: Tensor) -> Tensor:
        """Map f32[B, N, channels] to f32[B, N, dim], frame by frame."""
        if self.norm is not None:
            x = self.norm(x)
        projected: Tensor = self.projection(x)
        return projected

    def place(self, x: Tensor, mask: Tensor) -> Tensor:
        """Add to frames f32[B, N, dim] where they are; mask [B, N, 1]."""
        x = x * mask
        x = x + self.position(x, mask)
        if self.out_norm is not None:
            x = self.out_norm(x)
        dropped: Tensor = self.dropout(x)
        return dropped

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Map samples f32[B, n, 1] and mask [B, n, 1] to f32[B, N, dim]."""
        x = self.project(self.extract(features, mask))
        return self.place(x, mask[:, self.framing.ends])
