"""The same encoder as one `.tflite` that was never split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from convert.bench.engines.engine import Array, Decode, Inside, Prepare
from edge.audio import Samples
from edge.interpreter import Runner


class SingleEngine:
    """One file, padded to the smallest of its lengths (in encoder frames) that holds the sound."""

    def __init__(
        self,
        runner: Runner,
        buckets: Sequence[int],
        subsampling: int,
        prepare: Prepare,
        decode: Decode,
    ) -> None:
        self._runner = runner
        self._buckets = buckets
        self._subsampling = subsampling
        self._prepare = prepare
        self._decode = decode

    def transcribe(self, samples: Samples) -> str:
        """Pad, run the file once, decode."""
        features = self._prepare(samples)
        frames = -(-len(features) // self._subsampling)
        bucket = next(bucket for bucket in self._buckets if bucket >= frames)
        padded, mask = self._padded(features, bucket)
        return self._decode(self._runner.run(f"t{bucket}", padded, mask)[0, :frames])

    def _padded(self, features: Array, bucket: int) -> tuple[Array, Array]:
        length = bucket * self._subsampling
        padded = np.zeros((1, length, features.shape[1]), np.float32)
        padded[0, : len(features)] = features
        mask = np.zeros((1, length, 1), np.float32)
        mask[:, : len(features)] = 1.0
        return padded, mask

    def inside(self) -> Inside:
        """Return the time in the file, which cannot be divided."""
        return Inside(whole_s=self._runner.seconds, loading_s=self._runner.loading_s)


def load_single(
    path: Path,
    buckets: Sequence[int],
    subsampling: int,
    prepare: Prepare,
    decode: Decode,
    threads: int,
) -> SingleEngine:
    """Map a file that `convert.bench.exports.export_single` wrote for these lengths."""
    return SingleEngine(Runner(path, threads), buckets, subsampling, prepare, decode)
