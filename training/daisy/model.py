"""A frozen encoder that carries the weighted sum of its layers along, and a head that reads it.

The downstream model of DAISY (arXiv 2406.05464) reads Σ softmax(w)_i h_i over the layers up to the
exit. Here every block adds exp(w_i) h_i to what it is handed, so that at each exit the sum is there
and no block is run for it twice; the head begins with a LayerNorm, to which the sum and its mean
are the same. So a block is a block like any other, only twice as wide outside.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from edge.framing import Framing
from training.branches import make_branch
from training.daisy.config import DaisyConfig
from training.encoder import EarlyExitEncoder
from training.pretrained import EarlyExitPretrained
from training.pretrained.config import PretrainedConfig


class Adder(nn.Module):
    """Adds a layer to the sum, with a weight of its own."""

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        self.log_weight = nn.Parameter(torch.zeros(1))
        # Sums of residual connections grow from block to block, and the last would be all.
        self.normalises = config.pre_norm and config.attach == "after_norm"
        self.eps = config.norm_eps

    def forward(self, layer: Tensor, total: Tensor | None = None) -> Tensor:
        """Map f32[B, N, dim], and the sum so far, to both f32[B, N, 2 dim]: frames and sum."""
        added = F.layer_norm(layer, layer.shape[-1:], eps=self.eps) if self.normalises else layer
        added = added * self.log_weight.exp()
        return torch.cat((layer, added if total is None else total + added), dim=-1)


class SummingFrontEnd(nn.Module):
    """The encoder's front end, with which the sum begins."""

    def __init__(self, front_end: nn.Module, config: PretrainedConfig) -> None:
        super().__init__()
        self.inner, self.adder = front_end, Adder(config)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, T, width] and mask [B, T, 1] to f32[B, N, 2 dim]."""
        begun: Tensor = self.adder(self.inner(features, mask))
        return begun


class SummingBlock(nn.Module):
    """A block of the encoder, and what it adds."""

    def __init__(self, block: nn.Module, config: PretrainedConfig) -> None:
        super().__init__()
        self.inner, self.adder = block, Adder(config)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, 2 dim] and mask [B, N, 1] to the same shape."""
        layer, total = x.chunk(2, dim=-1)
        summed: Tensor = self.adder(self.inner(layer, mask), total)
        return summed


class UnitBranch(nn.Module):
    """Names units from the frames alone."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, 2 dim] and mask [B, N, 1] to logits f32[B, N, units]."""
        logits: Tensor = self.inner(x.chunk(2, dim=-1)[0], mask)
        return logits


class Head(nn.Module):
    """Reads text from the sum."""

    def __init__(self, config: DaisyConfig, vocabulary: int) -> None:
        super().__init__()
        dim = config.encoder.dim
        self.norm = nn.LayerNorm(dim, eps=config.encoder.norm_eps)
        self.inner = make_branch(config.head, dim, vocabulary, config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, 2 dim] and mask [B, N, 1] to logits f32[B, N, V]."""
        logits: Tensor = self.inner(self.norm(x.chunk(2, dim=-1)[1]), mask)
        return logits


class EarlyExitDaisy(EarlyExitEncoder):
    """An encoder with `units`, branches that name them, and `branches`, which are one head."""

    def __init__(self, config: DaisyConfig, vocabulary: int) -> None:
        super().__init__()
        self.config: DaisyConfig = config
        plain = EarlyExitPretrained(config.encoder, config.units)
        self.frontend: SummingFrontEnd = SummingFrontEnd(plain.frontend, config.encoder)
        self.blocks = nn.ModuleList(SummingBlock(block, config.encoder) for block in plain.blocks)
        self.units = nn.ModuleDict(
            {exit: UnitBranch(branch) for exit, branch in plain.branches.items()}
        )
        head = Head(config, vocabulary)
        self.branches = nn.ModuleDict(dict.fromkeys(plain.branches, head))

    @property
    def framing(self) -> Framing:
        """That of the encoder."""
        return self.config.framing

    @property
    def width(self) -> int:
        """1: raw sound."""
        return 1

    def pretrained_parts(self) -> list[nn.Module]:
        """Return all that was there before the head."""
        blocks = [block.inner for block in self.blocks if isinstance(block, SummingBlock)]
        return [self.frontend.inner, *blocks, self.units]

    def adopt(self, plain: EarlyExitPretrained) -> None:
        """Take over an encoder whose branches name units."""
        self.frontend.inner.load_state_dict(plain.frontend.state_dict())
        for own, block in zip(self.blocks, plain.blocks, strict=True):
            assert isinstance(own, SummingBlock)
            own.inner.load_state_dict(block.state_dict())
        for exit, branch in self.units.items():
            assert isinstance(branch, UnitBranch)
            branch.inner.load_state_dict(plain.branches[exit].state_dict())
