"""Mel-frequency cepstral coefficients with their changes: what HuBERT's first units come from."""

import numpy as np
from scipy.fft import dct

from edge.features import FeatureSettings, Frames, Samples, log_mel

CEPSTRA = 13
HOP_S = 0.010

_LIFTER = 22
"""Kaldi's: brings the coefficients to similar sizes, so that the first does not decide alone."""

_SETTINGS = FeatureSettings(n_mels=23, high_hz=5_600.0, hop_s=HOP_S)
"""Kaldi's 23 bands, but only up to where MP3 leaves something: units are not to name the codec."""


def mfcc(samples: Samples) -> Frames:
    """Return f32[T, 39] of f32[n] samples at 16 kHz: 13 coefficients, their slope, its slope.

    A frame every 10 ms, T = round(n / 160); each coefficient's mean over the sound is taken away.
    """
    still = dct(log_mel(samples, _SETTINGS), norm="ortho", axis=1)[:, :CEPSTRA]
    still = still * (1 + 0.5 * _LIFTER * np.sin(np.pi * np.arange(CEPSTRA) / _LIFTER))
    moving = slope(still)
    return np.concatenate([still, moving, slope(moving)], axis=1).astype(np.float32)


def slope(frames: Frames) -> Frames:
    """Regression over two frames on each side, of f32[T, D]; beyond the edges frames repeat."""
    padded = np.pad(frames, ((2, 2), (0, 0)), mode="edge")
    near = padded[3:-1] - padded[1:-3]
    far = padded[4:] - padded[:-4]
    return np.asarray((near + 2 * far) / 10, np.float32)
