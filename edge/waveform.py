"""Sound as it is, for encoders whose front end reads samples."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from edge.features import Frames, Samples

_VARIANCE_FLOOR = 1e-7
"""Added to the variance before it is divided by, as wav2vec 2.0's feature extractor does."""


class WaveformSettings(BaseModel):
    """Raw samples as features; stored in checkpoints and bundles.

    `normalise` takes the mean of an utterance away and divides by its standard deviation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["waveform"] = "waveform"
    sample_rate: int = Field(16_000, gt=0)
    normalise: bool = True

    @property
    def width(self) -> int:
        """Numbers in a feature frame."""
        return 1

    @property
    def hop_s(self) -> float:
        """Seconds from one feature frame, a sample, to the next."""
        return 1 / self.sample_rate

    @property
    def shortest(self) -> int:
        """Samples that make one feature frame."""
        return 1


def waveform(samples: Samples, settings: WaveformSettings) -> Frames:
    """Return samples f32[n] as f32[n, 1], normalised over the utterance if so set."""
    if settings.normalise and len(samples):
        exact = samples.astype(np.float64)
        scale = np.sqrt(exact.var() + _VARIANCE_FLOOR)
        samples = ((exact - exact.mean()) / scale).astype(np.float32)
    return samples[:, np.newaxis]
