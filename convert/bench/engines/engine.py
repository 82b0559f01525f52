"""What all engines have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge.audio import Samples

Array = npt.NDArray[np.float32]

Prepare = Callable[[Samples], Array]
"""Samples f32[n] → what the encoder takes, f32[T, …]; log-mel frames for a Conformer."""

Decode = Callable[[Array], str]
"""Logits f32[N, V] of the real frames → text."""


@dataclass(frozen=True)
class Inside:
    """What was done inside the TFLite interpreter: seconds by part, and what was counted.

    `whole_s` is the encoder as one file, `loading_s` what is spent before a length can be run.
    `blocks` counts blocks that were run, `exits` adds up the exits that were left at.
    """

    frontend_s: float = 0.0
    blocks_s: float = 0.0
    branches_s: float = 0.0
    whole_s: float = 0.0
    loading_s: float = 0.0
    blocks: int = 0
    exits: int = 0

    @property
    def seconds(self) -> float:
        """All time of running, without loading."""
        return self.frontend_s + self.blocks_s + self.branches_s + self.whole_s

    def __add__(self, other: Inside) -> Inside:
        return Inside(
            frontend_s=self.frontend_s + other.frontend_s,
            blocks_s=self.blocks_s + other.blocks_s,
            branches_s=self.branches_s + other.branches_s,
            whole_s=self.whole_s + other.whole_s,
            loading_s=self.loading_s + other.loading_s,
            blocks=self.blocks + other.blocks,
            exits=self.exits + other.exits,
        )

    def __sub__(self, other: Inside) -> Inside:
        return Inside(
            frontend_s=self.frontend_s - other.frontend_s,
            blocks_s=self.blocks_s - other.blocks_s,
            branches_s=self.branches_s - other.branches_s,
            whole_s=self.whole_s - other.whole_s,
            loading_s=self.loading_s - other.loading_s,
            blocks=self.blocks - other.blocks,
            exits=self.exits - other.exits,
        )


class Engine(Protocol):
    """A loaded encoder, run by one library with a fixed number of threads."""

    def transcribe(self, samples: Samples) -> str:
        """Samples f32[n] at the encoder's rate → text: features, encoder and decoding."""
        ...

    def inside(self) -> Inside | None:
        """Return what was done inside the TFLite interpreter so far; None where there is none."""
        ...


Load = Callable[[int], Engine]
"""Loads an engine with a number of threads; can be pickled."""
