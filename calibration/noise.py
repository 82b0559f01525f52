"""Speech in noise and in rooms: the arithmetic of it, on samples f32[n] of one rate."""

from __future__ import annotations

import numpy as np

from calibration.table import Floats
from edge.audio import Samples

_FRAME_S = 0.02
_MARGIN = 10**-1.59
"""A frame is active that is no more than 15.9 dB below the active level (ITU-T P.56, method B)."""
_QUIETEST_STRETCH = 0.1
"""Of a noise's mean power: what is quieter is a pause between two barks, and no noise."""


def active_power(samples: Samples, sample_rate: int) -> float:
    """Return the mean square of speech while somebody speaks.

    That is over the frames of 20 ms that are within 15.9 dB of this mean itself, as ITU-T P.56
    has it, but for its envelope, which would count pauses up to 0.2 s as speech. Pauses before,
    after and between words so do not make the same noise a different SNR.
    """
    step = max(1, round(_FRAME_S * sample_rate))
    starts = np.arange(0, len(samples), step)
    energy = np.add.reduceat(np.square(samples, dtype=np.float64), starts)
    power = energy / np.diff(starts, append=len(samples))
    level = -1.0
    while (active := float(power[power >= _MARGIN * level].mean())) != level:
        level = active
    return level


def stretch(noise: Samples, length: int, rng: np.random.Generator) -> Samples:
    """Return `length` samples of a noise, from a place drawn at random; it goes round in a circle.

    Of the places, those count where it is no quieter than 10 dB below its mean power.

    Args:
        noise: f32[m], m ≥ 1, not silent.
        length: shorter than m or longer.
        rng: draws one number.
    """
    if length >= len(noise):
        return np.resize(np.roll(noise, -int(rng.integers(len(noise)))), length)
    circle = np.concatenate([noise, noise[:length]])
    total = np.cumsum(np.square(circle, dtype=np.float64))
    # What lies between two places is heard from one and not from the other.
    energy = total[length:] - total[:-length]
    loud = np.flatnonzero(energy >= _QUIETEST_STRETCH * length * total[len(noise) - 1] / len(noise))
    start = int(loud[rng.integers(len(loud))]) + 1
    return circle[start : start + length]


def add_noise(speech: Samples, noise: Samples, snr_db: float, sample_rate: int) -> Samples:
    """Return f32[n] speech with f32[n] noise, scaled down together where they would clip.

    The SNR is the speech's `active_power` over the noise's mean square.

    Raises:
        ValueError: the noise is silent, so that nothing could make it as loud.
    """
    power = float(np.mean(np.square(noise, dtype=np.float64)))
    if not power:
        raise ValueError("noise that is silent cannot be mixed at an SNR")
    gain = np.sqrt(active_power(speech, sample_rate) / power / 10 ** (snr_db / 10))
    return _unclipped(speech + gain * noise.astype(np.float64))


def reverberate(speech: Samples, room: Samples) -> Samples:
    """Return f32[n] speech as it sounds in a room: as long, as loud, and not delayed.

    Convolved with the room's impulse response f32[m], aligned at its largest sample, the direct
    sound; of the mean square that the speech had, scaled down where it would clip.
    """
    whole = len(speech) + len(room) - 1
    size = 1 << (whole - 1).bit_length()
    spectrum = np.fft.rfft(speech.astype(np.float64), size) * np.fft.rfft(room, size)
    direct = int(np.abs(room).argmax())
    wet = np.fft.irfft(spectrum, size)[direct : direct + len(speech)]
    before = np.mean(np.square(speech, dtype=np.float64))
    after = np.mean(np.square(wet))
    return _unclipped(wet * np.sqrt(before / after) if after else wet)


def _unclipped(samples: Floats) -> Samples:
    return np.asarray(samples / max(1.0, float(np.abs(samples).max())), np.float32)
