"""Which utterances are recognised: the same for all engines, of all durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convert.bench.errors import BenchError
from edge import audio
from edge.corpus import Utterance, read_manifest
from edge.inputs import prepare
from edge.manifest import Manifest

_SHORTEST_S = 0.1


@dataclass(frozen=True)
class Workload:
    """Sound files, their seconds together, and the bundle's lengths that they need."""

    sounds: tuple[Path, ...]
    seconds: float
    buckets: tuple[int, ...]


def choose(data: Path, count: int, manifest: Manifest) -> Workload:
    """Choose up to `count` utterances, spread evenly over those of the list by duration.

    What is too long for the bundle's largest bucket is left out: it would be cut, and the other
    engines do not cut.

    Raises:
        CorpusError: the list cannot be used.
        AudioError: a sound cannot be read.
        BenchError: no utterance fits.
    """
    sounds: list[Path] = []
    buckets: set[int] = set()
    seconds = 0.0
    for utterance in _spread(read_manifest(data), count, manifest):
        samples = audio.read(utterance.audio, manifest.sample_rate)
        duration = len(samples) / manifest.sample_rate
        frames = manifest.encoder_frames(len(prepare(samples, manifest.features)))
        if duration >= _SHORTEST_S and frames <= manifest.buckets[-1]:
            sounds.append(utterance.audio)
            buckets.add(next(bucket for bucket in manifest.buckets if bucket >= frames))
            seconds += duration
    if not sounds:
        raise BenchError(
            f"{data}: holds no utterance between {_SHORTEST_S:g} s and the "
            f"{manifest.longest_s:g} s that the bundle takes in one piece",
            "name another list with --data",
        )
    return Workload(tuple(sounds), seconds, tuple(sorted(buckets)))


def _spread(utterances: list[Utterance], count: int, manifest: Manifest) -> Sequence[Utterance]:
    fitting = sorted(
        (utterance for utterance in utterances if utterance.duration <= manifest.longest_s),
        key=lambda utterance: utterance.duration,
    )
    if not fitting:
        return []
    chosen = np.linspace(0, len(fitting) - 1, min(count, len(fitting))).round().astype(int)
    return [fitting[index] for index in chosen]
