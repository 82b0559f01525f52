"""What every early-exit encoder is: a front end, a stack of blocks, branches after some of them."""

from abc import ABC, abstractmethod
from typing import Protocol

import torch
from torch import Tensor, nn

from edge.framing import Framing
from training.branches import BranchKind


class EncoderConfig(Protocol):
    """What the config of any encoder says; `exits` are counted in blocks run."""

    @property
    def family(self) -> str:
        """Name of the kind of encoder."""
        ...

    @property
    def dim(self) -> int:
        """Width of what blocks put out."""
        ...

    @property
    def heads(self) -> int:
        """Heads of each block's attention."""
        ...

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        ...

    @property
    def exits(self) -> tuple[int, ...]:
        """Where a branch stands, ascending; the last follows the last block."""
        ...

    @property
    def branch(self) -> BranchKind:
        """Kind of the branches."""
        ...

    @property
    def dropout(self) -> float:
        """Chance of an activation to be dropped in training."""
        ...


def check_stack(config: EncoderConfig) -> None:
    """Raise `ValueError` if heads do not divide the width, or exits are not right."""
    if config.dim % config.heads:
        raise ValueError(f"dim {config.dim} is not a multiple of heads {config.heads}")
    if not config.exits:
        raise ValueError("exits is empty: an early-exit encoder needs at least one")
    if list(config.exits) != sorted(set(config.exits)) or config.exits[0] < 1:
        raise ValueError(f"exits {config.exits} must be ascending block counts from 1 on")
    if config.exits[-1] != config.blocks:
        raise ValueError(f"the last exit {config.exits[-1]} must follow block {config.blocks}")


class EarlyExitEncoder(nn.Module, ABC):
    """Front end, blocks and branches; modules that mix frames take a mask f32[B, N, 1].

    `frontend(features, mask)` maps f32[B, T, width] and a mask over T to f32[B, N, dim];
    `blocks[i](x, mask)` and `branches[str(exit)](x, mask)` take the mask over N, which is
    `frame_mask` of the other one.
    """

    config: EncoderConfig
    frontend: nn.Module
    blocks: nn.ModuleList
    branches: nn.ModuleDict

    @property
    @abstractmethod
    def framing(self) -> Framing:
        """How encoder frames lie on feature frames."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Features of a feature frame; 1 for raw sound."""

    def frame_mask(self, mask: Tensor) -> Tensor:
        """Turn a mask [B, T, 1] over feature frames into one [B, N, 1] over encoder frames."""
        return mask[:, self.framing.ends]

    def encoder_frames(self, lengths: Tensor) -> Tensor:
        """Encoder frames that hold sound, for i64 counts of feature frames."""
        window, hop = self.framing.window, self.framing.hop
        return ((lengths - window).div(hop, rounding_mode="floor") + 1).clamp(min=0)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[dict[int, Tensor], Tensor]:
        """Run every exit.

        Args:
            features: f32[B, T, width]; what lies in the padding does not matter.
            lengths: i64[B], real feature frames.

        Returns:
            Logits f32[B, N, V] by exit, and the real encoder frames i64[B].
        """
        states, mask = self.states(features, lengths)
        logits = {exit: self.branches[str(exit)](x, mask) for exit, x in states.items()}
        return logits, self.encoder_frames(lengths)

    def states(self, features: Tensor, lengths: Tensor) -> tuple[dict[int, Tensor], Tensor]:
        """Return what branches read, f32[B, N, dim] by exit, and the frames' mask f32[B, N, 1].

        Inputs as `forward` has them.
        """
        mask = feature_mask(features, lengths)
        x = self.frontend(features, mask)
        mask = self.frame_mask(mask)
        states = {}
        for depth, block in enumerate(self.blocks, start=1):
            x = block(x, mask)
            if depth in self.config.exits:
                states[depth] = x
        return states, mask


def feature_mask(features: Tensor, lengths: Tensor) -> Tensor:
    """Return f32[B, T, 1] for features f32[B, T, width]: 1 where i64[B] lengths reach."""
    positions = torch.arange(features.shape[1], device=features.device)
    return (positions < lengths[:, None]).unsqueeze(-1).to(features.dtype)
