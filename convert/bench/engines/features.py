"""Features alone: the share of every engine's time that they all have in common."""

from __future__ import annotations

from convert.bench.engines.engine import Inside, Prepare
from edge.audio import Samples


class FeaturesAlone:
    """Prepares the encoder's input and goes no further."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare

    def transcribe(self, samples: Samples) -> str:
        """Compute the features and return no text."""
        self._prepare(samples)
        return ""

    def inside(self) -> Inside | None:
        """Return None: there is no interpreter."""
        return None


def load_features(prepare: Prepare, threads: int) -> FeaturesAlone:
    """Load nothing; `threads` is what the process was started with."""
    return FeaturesAlone(prepare)
