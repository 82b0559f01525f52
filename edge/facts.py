"""What is known of an utterance before any block has run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.features import FeatureSettings, Frames, Samples

_QUIETEST = 1e-10
"""Mean square below which sound is as quiet as can be: −100 dBFS."""


@dataclass(frozen=True)
class Facts:
    """An utterance, without what was padded.

    `duration_s` is its length. `level` is its mean level in dBFS (0 for a full square wave), or
    None if the encoder was given features alone: these have each band's mean taken away, and with
    it the level. `level_spread` is how far loud frames are above quiet ones: the 90th percentile
    of the frames' mean log-mel energy minus the 10th, a crude signal-to-noise ratio in nats.
    """

    duration_s: float
    level: float | None
    level_spread: float

    @classmethod
    def of(cls, features: Frames, settings: FeatureSettings, level: float | None = None) -> Facts:
        """Read them off log-mel features f32[T, n_mels], T ≥ 1."""
        energies = np.sort(features.mean(axis=1))
        last = len(energies) - 1
        quiet, loud = energies[round(0.1 * last)], energies[round(0.9 * last)]
        return cls(len(features) * settings.hop_s, level, float(loud - quiet))


def level(samples: Samples) -> float:
    """Mean level of f32[n] in dBFS: 10 log10 of the mean square, at least −100."""
    mean_square = float(np.dot(samples, samples)) / len(samples)
    return 10 * float(np.log10(max(mean_square, _QUIETEST)))
