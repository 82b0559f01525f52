"""What is known of an utterance before any block has run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.features import Frames, Samples
from edge.inputs import InputSettings
from edge.waveform import WaveformSettings

_STRETCH_S = 0.010

_QUIETEST = 1e-10
"""Mean square below which sound is as quiet as can be: −100 dBFS."""


@dataclass(frozen=True)
class Facts:
    """An utterance, without what was padded.

    `duration_s` is its length. `level` is its mean level in dBFS (0 for a full square wave), or
    None if the encoder was given features alone: these have each band's mean taken away, and with
    it the level. `level_spread` is how far loud frames are above quiet ones: the 90th percentile
    of the frames' mean log-mel energy minus the 10th, a crude signal-to-noise ratio in nats; for an
    encoder that reads samples, of the log energy of 10 ms.
    """

    duration_s: float
    level: float | None
    level_spread: float

    @classmethod
    def of(cls, features: Frames, settings: InputSettings, level: float | None = None) -> Facts:
        """Read them off features f32[T, width], T ≥ 1."""
        if isinstance(settings, WaveformSettings):
            energies = np.sort(_log_energies(features[:, 0], settings.sample_rate))
        else:
            # A product is four times as fast as a mean.
            energies = np.sort(features @ np.full(settings.width, 1 / settings.width, np.float32))
        last = len(energies) - 1
        quiet, loud = energies[round(0.1 * last)], energies[round(0.9 * last)]
        return cls(len(features) * settings.hop_s, level, float(loud - quiet))


def _log_energies(samples: Samples, sample_rate: int) -> Frames:
    """Log energy of each 10 ms of samples f32[n], n ≥ 1."""
    length = min(len(samples), max(1, round(_STRETCH_S * sample_rate)))
    stretches = samples[: len(samples) // length * length].reshape(-1, length)
    energies: Frames = np.square(stretches).mean(axis=1)
    return np.log(np.maximum(energies, _QUIETEST))


def level(samples: Samples) -> float:
    """Mean level of f32[n] in dBFS: 10 log10 of the mean square, at least −100."""
    mean_square = float(np.dot(samples, samples)) / len(samples)
    return 10 * float(np.log10(max(mean_square, _QUIETEST)))
