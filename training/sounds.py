"""Decoded sound, kept once on disk as 16-bit samples and mapped into memory."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.audio import read
from edge.features import Samples


class SoundStore:
    """16-bit mono sound of a list of files, decoded once.

    `store[i]` is i16[n], `store.samples(i)` the same as f32[n] in [-1, 1].

    The cache lies in one file per list of sounds, named by its paths, sizes and times of change,
    so that an edited recording is decoded anew. Worker processes share the map.
    """

    def __init__(
        self,
        files: Sequence[Path],
        folder: Path,
        sample_rate: int,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / _identity(files, sample_rate)
        self._samples, self._index = stem.with_suffix(".i16"), stem.with_suffix(".json")
        if not self._index.exists():
            self._decode(files, sample_rate, on_progress)
        self._ends: list[int] = json.loads(self._index.read_text())
        self._map = np.memmap(self._samples, np.int16, "r") if self._ends[-1:] > [0] else None

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> npt.NDArray[np.int16]:
        start = self._ends[index - 1] if index else 0
        if self._map is None:
            return np.zeros(0, np.int16)
        return np.asarray(self._map[start : self._ends[index]])

    @property
    def lengths(self) -> list[int]:
        """Samples of each sound."""
        return np.diff(self._ends, prepend=0).tolist()

    def samples(self, index: int) -> Samples:
        """Return one sound as f32[n] in [-1, 1]."""
        return as_float(self[index])

    def _decode(
        self,
        files: Sequence[Path],
        sample_rate: int,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        ends, total = [], 0
        partial = self._samples.with_suffix(f".{os.getpid()}.part")
        try:
            with partial.open("wb") as file:
                for done, path in enumerate(files, start=1):
                    sound = np.clip(read(path, sample_rate) * 32_768, -32_768, 32_767)
                    file.write(sound.astype(np.int16).tobytes())
                    total += len(sound)
                    ends.append(total)
                    if on_progress:
                        on_progress(done, len(files))
            partial.replace(self._samples)
        finally:
            partial.unlink(missing_ok=True)
        index = self._index.with_suffix(f".{os.getpid()}.part")
        index.write_text(json.dumps(ends))
        index.replace(self._index)


def as_float(samples: npt.NDArray[np.int16]) -> Samples:
    """Scale 16-bit samples to [-1, 1]."""
    return samples.astype(np.float32) / np.float32(32_768)


def _identity(files: Sequence[Path], sample_rate: int) -> str:
    digest = hashlib.sha256(str(sample_rate).encode())
    for path in files:
        state = path.stat()
        digest.update(f"{path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:20]
