"""The bundle: block by block, by the recogniser that runs on the device."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from convert.bench.engines.engine import Inside
from edge.audio import Samples
from edge.bundle import Bundle
from edge.calibration import OperatingPoint
from edge.interpreter import Runner
from edge.recogniser import Recogniser


class SplitEngine:
    """A bundle at full depth or at one operating point."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._exits = 0

    def transcribe(self, samples: Samples) -> str:
        """Recognise samples with no more blocks than the policy asks for."""
        result = self._recogniser.transcribe(samples)
        self._exits += result.exit
        return result.text

    def inside(self) -> Inside:
        """Return what the encoder's parts counted."""
        encoder = self._recogniser.encoder
        return Inside(
            frontend_s=encoder.frontend.seconds,
            blocks_s=_seconds(encoder.stages.values()),
            branches_s=_seconds(encoder.branches.values()),
            loading_s=encoder.loading_s,
            blocks=encoder.blocks_run,
            exits=self._exits,
        )


def _seconds(runners: Iterable[Runner]) -> float:
    return sum(runner.seconds for runner in runners)


def load_split(bundle: Path, point: OperatingPoint | None, threads: int) -> SplitEngine:
    """Open a bundle that stays loaded; without an operating point it runs to its last exit."""
    return SplitEngine(Recogniser(Bundle.open(bundle), point, threads, memory_mb=math.inf))


def load_as_run(bundle: Path, threads: int) -> SplitEngine:
    """Open a bundle as `eedge run` does: little memory, and loading when the length changes."""
    return SplitEngine(Recogniser(Bundle.open(bundle), threads=threads))
