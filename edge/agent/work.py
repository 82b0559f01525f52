"""A loaded bundle, an operating point that may change between utterances, and what was run."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from boards.errors import UsageError
from edge.bundle import Bundle
from edge.calibration import Calibration
from edge.errors import AudioError
from edge.policy import FixedExit, Policy
from edge.policy.capped import Capped
from edge.recogniser import Recogniser, Transcript
from edge.segments import cut

_KEPT = 64
"""Results that are kept in case that the link broke before the host had them."""
_MEMORY = 20
"""Utterances of which the share of computing is the mean."""


@dataclass(frozen=True)
class Ran:
    """An utterance's result, and the operating point that it ran at."""

    heard: Transcript
    point: str


class Work:
    """Recognises what it is given, once each.

    Raises:
        BundleError, CalibrationError: the bundle or its calibration is not right.
        UsageError: there is no such operating point.
    """

    def __init__(self, path: Path, board: str, point: str, threads: int) -> None:
        self.bundle = Bundle.open(path)
        self._calibration: Calibration | None = None
        if board in self.bundle.calibrations():
            self._calibration = self.bundle.calibration(board)
        self.point, self.deepest = "", 0
        policy = self._chosen(point, 0)
        self._recogniser = Recogniser(self.bundle, policy, threads)
        self._results: OrderedDict[int, Ran] = OrderedDict()
        self._factors: list[float] = []
        self.utterances = 0
        self.computed_s = 0.0

    @property
    def points(self) -> tuple[str, ...]:
        """The names of the operating points, from the fullest to the least."""
        return tuple(point.name for point in self._calibration.points) if self._calibration else ()

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of computing for a second of sound, lately."""
        return sum(self._factors) / len(self._factors) if self._factors else None

    def set_point(self, point: str, deepest: int) -> None:
        """Run the next utterance at another point, through no more than `deepest` blocks (0: all).

        Raises:
            UsageError: there is no such point, or no exit that shallow. It runs on as before.
        """
        self._recogniser.policy = self._chosen(point, deepest)

    def known(self, utterance: int) -> Ran | None:
        """Return the result of an utterance that was run already."""
        return self._results.get(utterance)

    def forget(self) -> None:
        """Forget all results: another host counts its utterances anew."""
        self._results.clear()

    def run(self, utterance: int, samples: bytes, rate: int) -> Ran:
        """Recognise an utterance of 16-bit samples.

        Raises:
            AudioError: there is no sound in it, or it is of another sample rate.
        """
        own = self.bundle.manifest.sample_rate
        if rate != own:
            raise AudioError(f"sound of {rate} Hz, but this bundle takes {own} Hz")
        sound = np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(1 << 15)
        begin = time.perf_counter()
        pieces = cut([sound], own, self.bundle.manifest.longest_s)
        heard = Transcript(
            tuple(self._recogniser.transcribe(piece.samples, piece.start_s) for piece in pieces)
        )
        self.computed_s += time.perf_counter() - begin
        ran = Ran(heard, self.point)
        self._results[utterance] = ran
        if len(self._results) > _KEPT:
            self._results.popitem(last=False)
        self._factors = [*self._factors[1 - _MEMORY :], heard.latency_s / heard.duration_s]
        self.utterances += 1
        return ran

    def _chosen(self, point: str, deepest: int) -> Policy:
        """Return the policy of a point and a cap, and take note of both."""
        exits = self.bundle.exits
        name = point
        if self._calibration is not None:
            chosen = self._calibration.point(point) if point else self._calibration.points[0]
            policy, name = chosen.policy(exits), chosen.name
        elif point:
            raise UsageError(
                f"there is no operating point '{point}': the bundle is not calibrated for this "
                "board",
                "eedge calibrate, then flash it again",
            )
        else:
            policy = FixedExit(exits[-1], exits)
        capped = Capped(policy, deepest, exits) if deepest else policy
        self.point, self.deepest = name, deepest
        return capped
