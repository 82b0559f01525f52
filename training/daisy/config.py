"""Sizes of an encoder with branches for units and one head for text."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.framing import Framing
from training.branches import BranchKind
from training.pretrained.config import PretrainedConfig


class DaisyConfig(BaseModel):
    """An `encoder` whose branches name one of `units`, and the kind of `head` that reads it.

    It may leave where the encoder has a branch. What lies between its blocks is twice as wide as
    the encoder: a frame, and the weighted sum of all layers up to there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Literal["daisy"] = "daisy"
    encoder: PretrainedConfig
    units: int = Field(ge=2)
    head: BranchKind = "linear"

    @property
    def dim(self) -> int:
        """Width of what blocks put out."""
        return 2 * self.encoder.dim

    @property
    def heads(self) -> int:
        """Heads of each block's attention."""
        return self.encoder.heads

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return self.encoder.blocks

    @property
    def exits(self) -> tuple[int, ...]:
        """Where units are named, and text may be read."""
        return self.encoder.exits

    @property
    def branch(self) -> BranchKind:
        """Kind of what reads the text."""
        return self.head

    @property
    def dropout(self) -> float:
        """Chance of an activation to be dropped in training."""
        return self.encoder.dropout

    @property
    def framing(self) -> Framing:
        """How encoder frames lie on samples."""
        return self.encoder.framing
