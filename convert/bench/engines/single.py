"""The same encoder as one `.tflite` that was never split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convert.bench.engines.engine import Decode, Inside
from edge.audio import Samples
from edge.facts import Facts, level
from edge.framing import Framing
from edge.inputs import InputSettings, prepare
from edge.interpreter import Runner
from edge.library import Tensor
from edge.step import Step

_SCORE = "entropy_nats"


@dataclass(frozen=True)
class _Whole:
    """The file as a branch that does all the work, at one length."""

    runner: Runner
    signature: str

    @property
    def path(self) -> Path:
        return self.runner.path

    def run(self, signature: str, *inputs: Tensor) -> Tensor:
        """Run it on features; a name that follows from their length is not the file's."""
        return self.runner.run(self.signature, *inputs)


class SingleEngine:
    """One file, padded to the smallest of its lengths (in encoder frames) that holds the sound.

    All that surrounds it is the recogniser's, which computes probabilities and a score: what
    splitting costs is then the difference between the two.
    """

    def __init__(
        self,
        runner: Runner,
        buckets: Sequence[int],
        framing: Framing,
        settings: InputSettings,
        decode: Decode,
    ) -> None:
        self._runner = runner
        self._buckets = buckets
        self._framing = framing
        self._settings = settings
        self._decode = decode

    def transcribe(self, samples: Samples) -> str:
        """Pad, run the file once, decode."""
        features = prepare(samples, self._settings)
        frames = self._framing.frames(len(features))
        bucket = next(bucket for bucket in self._buckets if bucket >= frames)
        length = self._framing.longest(bucket)
        padded = np.zeros((1, length, features.shape[1]), np.float32)
        padded[0, : len(features)] = features
        mask = np.zeros((1, length, 1), np.float32)
        mask[:, : len(features)] = 1.0
        facts = Facts.of(features, self._settings, level(samples))
        step = Step(0, frames, padded, mask, _Whole(self._runner, f"t{bucket}"), facts)
        text = self._decode(step.log_probs)
        step.score(_SCORE)
        return text

    def inside(self) -> Inside:
        """Return the time in the file, which cannot be divided."""
        return Inside(whole_s=self._runner.seconds, loading_s=self._runner.loading_s)


def load_single(
    path: Path,
    buckets: Sequence[int],
    framing: Framing,
    settings: InputSettings,
    decode: Decode,
    threads: int,
) -> SingleEngine:
    """Map a file that `convert.bench.exports.export_single` wrote for these lengths."""
    return SingleEngine(Runner(path, threads), buckets, framing, settings, decode)
