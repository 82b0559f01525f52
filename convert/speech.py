"""Speech to measure and to calibrate a conversion with."""

from pathlib import Path

import numpy as np

from convert.trace import Array
from edge.audio import read
from edge.corpus import read_manifest
from edge.features import FeatureSettings, log_mel


def read_features(manifest: Path, count: int, settings: FeatureSettings) -> list[Array]:
    """Log-mel frames f32[T, n_mels] of `count` utterances spread evenly over a manifest.

    Raises:
        CorpusError: the manifest cannot be used.
        AudioError: a sound cannot be read.
    """
    utterances = read_manifest(manifest)
    chosen = np.linspace(0, len(utterances) - 1, min(count, len(utterances))).round().astype(int)
    return [
        log_mel(read(utterances[index].audio, settings.sample_rate), settings) for index in chosen
    ]
