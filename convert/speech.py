"""Speech to measure and to calibrate a conversion with."""

from pathlib import Path

import numpy as np

from convert.trace import Array
from edge.audio import read
from edge.corpus import read_manifest
from edge.inputs import InputSettings, prepare


def read_features(manifest: Path, count: int, settings: InputSettings) -> list[Array]:
    """Features f32[T, width] of `count` utterances spread evenly over a manifest.

    Raises:
        CorpusError: the manifest cannot be used.
        AudioError: a sound cannot be read.
    """
    utterances = read_manifest(manifest)
    chosen = np.linspace(0, len(utterances) - 1, min(count, len(utterances))).round().astype(int)
    return [
        prepare(read(utterances[index].audio, settings.sample_rate), settings) for index in chosen
    ]
