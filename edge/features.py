"""Sound → log-mel frames: the one function that training and the device share.

The numbers are Kaldi's (`kaldi-native-fbank` with `dither` 0 and `snip_edges` off, which the tests
hold them against). They are computed here with NumPy, many frames at once, in a third of the time:
frame by frame through its binding, that library takes as long as the shipped encoder's blocks.

Where the order of operations matters (sums, the FFT, the logarithm) they are carried out in float64
and rounded at the end. So another implementation of the same formulas, such as the one in C, comes
to the same float32: int8 arithmetic turns a difference in the last place into another letter.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

_PREEMPHASIS = np.float32(0.97)
_FLOOR = np.finfo(np.float32).eps
_AT_ONCE = 48
"""Frames worked on together: few enough that what lies between stays in the cache."""
_GROUPS = 4
"""Of neighbouring mel bands, which share few FFT bins: a third of the work of one dense matrix."""


class FeatureSettings(BaseModel):
    """What turns sound into frames; stored in checkpoints and bundles.

    Frequencies in Hz, window and hop in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_rate: int = Field(16_000, gt=0)
    n_mels: int = Field(80, gt=0)
    low_hz: float = Field(20.0, ge=0)
    high_hz: float = Field(7_600.0, gt=0)
    window_s: float = Field(0.025, gt=0)
    hop_s: float = Field(0.010, gt=0)
    subtract_mean: bool = True

    @property
    def width(self) -> int:
        """Numbers in a feature frame."""
        return self.n_mels

    @property
    def shortest(self) -> int:
        """Samples that surely make one feature frame: a window."""
        return round(self.window_s * self.sample_rate)


def log_mel(samples: Samples, settings: FeatureSettings) -> Frames:
    """Log-mel energies of `samples`.

    Args:
        samples: f32[n], mono, in [-1, 1], at `settings.sample_rate`.
        settings: filter bank and framing.

    Returns:
        f32[T, n_mels] with T = round(n / hop) (Kaldi's framing with mirrored edges),
        natural logarithm, floored at 2^-23; each mel band's mean over the utterance is taken away
        when `settings.subtract_mean`.
    """
    window = _window(settings.shortest)
    hop = round(settings.hop_s * settings.sample_rate)
    bands = np.empty((_count(len(samples), hop), settings.n_mels))
    if not len(bands):
        return bands.astype(np.float32)
    mirrored = _mirror(samples, len(bands), len(window), hop)
    emphasised = np.empty_like(mirrored)
    emphasised[0] = 0.0  # meets the window's first sample, which is 0
    np.multiply(mirrored[:-1], -_PREEMPHASIS, out=emphasised[1:])
    emphasised[1:] += mirrored[1:]
    frames = _frames(emphasised, len(window), hop)
    # Kaldi takes the mean away before it emphasises; what is left of it after that is this.
    sums = np.einsum("ij->i", _frames(mirrored, len(window), hop), dtype=np.float64)
    offsets = (sums * (float(1 - _PREEMPHASIS) / len(window))).astype(np.float32)
    workspace = _Workspace(len(window))
    for start in range(0, len(bands), _AT_ONCE):
        chunk = slice(start, start + _AT_ONCE)
        power = workspace.power(frames[chunk], offsets[chunk, np.newaxis], window)
        for filters in _mel_bank(settings):
            np.matmul(power[:, filters.bins], filters.weights, out=bands[chunk, filters.bands])
    np.log(np.maximum(bands, _FLOOR, out=bands), out=bands)
    found = bands.astype(np.float32)
    if settings.subtract_mean:
        found -= bands.mean(axis=0).astype(np.float32)
    return found


class _Workspace:
    """Memory for the power spectra of some frames: what is new each time costs a page fault."""

    def __init__(self, length: int) -> None:
        size = _fft_size(length)
        self._windowed = np.empty((_AT_ONCE, length), np.float32)
        self._padded = np.zeros((_AT_ONCE, size))
        self._spectrum = np.empty((_AT_ONCE, size // 2 + 1), np.complex128)
        self._squares = np.empty((_AT_ONCE, size))
        self._power = np.empty((_AT_ONCE, size // 2))

    def power(self, frames: Frames, offsets: Frames, window: Frames) -> Floats:
        """Power f64[T, FFT bins] of (`frames` f32[T, length] - `offsets` f32[T, 1]) · `window`."""
        count, length = frames.shape
        windowed = np.subtract(frames, offsets, out=self._windowed[:count])
        np.multiply(windowed, window, out=self._padded[:count, :length])
        spectrum = np.fft.rfft(self._padded[:count], axis=1, out=self._spectrum[:count])
        parts = spectrum[:, :-1].view(np.float64)
        squares = np.multiply(parts, parts, out=self._squares[:count])
        return np.add(squares[:, ::2], squares[:, 1::2], out=self._power[:count])


def _count(samples: int, hop: int) -> int:
    return (samples + hop // 2) // hop


def _mirror(samples: Samples, count: int, length: int, hop: int) -> Samples:
    """Lengthen the sound, by its mirror image, to what `count` frames centred in hops take."""
    before = length // 2 - hop // 2
    after = max(0, (count - 1) * hop + length - before - len(samples))
    if len(samples) < max(before, after):
        return np.pad(samples, (before, after), mode="symmetric")  # to and fro
    last = samples[len(samples) - after :]
    return np.concatenate([samples[:before][::-1], samples, last[::-1]])


def _frames(sound: Samples, length: int, hop: int) -> Frames:
    """Frames f32[T, length] of the sound, one each hop."""
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]


@lru_cache
def _window(length: int) -> npt.NDArray[np.float32]:
    """Kaldi's "povey" window: a Hann window to the power of 0.85, which reaches 0 at its ends."""
    return (np.hanning(length) ** 0.85).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Filters:
    """Neighbouring filters: `weights` f64[`bins`, `bands`], 0 elsewhere."""

    bins: slice
    bands: slice
    weights: Floats


@lru_cache
def _mel_bank(settings: FeatureSettings) -> tuple[_Filters, ...]:
    """Triangular filters, equally spaced in mel = 1127 ln(1 + Hz / 700)."""
    size = _fft_size(settings.shortest)
    low, high = _mel(np.array([settings.low_hz, settings.high_hz], np.float64))
    edges = low + np.arange(settings.n_mels + 2) * (high - low) / (settings.n_mels + 1)
    bins = _mel(np.arange(size // 2, dtype=np.float64) * (settings.sample_rate / size))
    bins = bins[:, np.newaxis]
    rising = (bins - edges[:-2]) / np.diff(edges[:-1])
    falling = (edges[2:] - bins) / np.diff(edges[1:])
    filters: Floats = np.maximum(0.0, np.minimum(rising, falling))
    ends = np.linspace(0, settings.n_mels, _GROUPS + 1).round().astype(int).tolist()
    return tuple(_part(filters, slice(*pair)) for pair in pairwise(ends))


def _part(filters: Floats, bands: slice) -> _Filters:
    used = np.flatnonzero(filters[:, bands].any(axis=1))
    bins = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0)
    return _Filters(bins, bands, np.ascontiguousarray(filters[bins, bands]))


def _mel(hz: Floats) -> Floats:
    return 1127.0 * np.log1p(hz / 700.0)


def _fft_size(window: int) -> int:
    return 1 << (window - 1).bit_length()
