"""What an encoder reads of a sound: log-mel frames or the samples themselves."""

from typing import Annotated

import numpy as np
from pydantic import Discriminator, Tag

from edge.features import FeatureSettings, Frames, Samples, log_mel
from edge.waveform import WaveformSettings, waveform

LOG_MEL, WAVEFORM = "log-mel", "waveform"

TAGS = frozenset({LOG_MEL, WAVEFORM})
"""What pydantic adds to a key to say which kind of settings it stands in."""


def _kind(value: object) -> str:
    """Log-mel settings are older than their rival, and say nothing of what they are."""
    if isinstance(value, WaveformSettings):
        return WAVEFORM
    kind = value.get("kind", LOG_MEL) if isinstance(value, dict) else LOG_MEL
    return str(kind)


InputSettings = Annotated[
    Annotated[FeatureSettings, Tag(LOG_MEL)] | Annotated[WaveformSettings, Tag(WAVEFORM)],
    Discriminator(_kind),
]


def fill(samples: Samples, shortest: int) -> Samples:
    """Add silence to sound that is too short to make a frame."""
    missing = shortest - len(samples)
    return np.pad(samples, (0, missing)) if missing > 0 else samples


def prepare(samples: Samples, settings: InputSettings) -> Frames:
    """Turn samples f32[n] at `settings.sample_rate` into features f32[T, settings.width]."""
    if isinstance(settings, WaveformSettings):
        return waveform(samples, settings)
    return log_mel(samples, settings)
