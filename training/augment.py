"""Speed, noise, rooms, narrow bands and SpecAugment, all from one random generator."""

import numpy as np
import numpy.typing as npt
import soxr
from scipy.signal import fftconvolve

from edge.features import Frames, Samples, log_mel
from edge.inputs import InputSettings
from edge.waveform import WaveformSettings, waveform
from training.settings import AugmentSettings
from training.sounds import as_float

Rng = np.random.Generator


class Augmenter:
    """Turns a clean utterance into the features of one training example.

    SpecAugment is for log-mel frames; raw sound is narrowed by a low-pass instead of zeroed bands.
    """

    def __init__(
        self,
        settings: AugmentSettings,
        features: InputSettings,
        noises: list[npt.NDArray[np.int16]],
        rooms: list[npt.NDArray[np.int16]],
    ) -> None:
        self.settings, self.features = settings, features
        self.noises, self.rooms = noises, rooms

    def frames(self, samples: Samples, rng: Rng) -> Frames:
        """Augmented features f32[T, width] of f32[n] samples in [-1, 1]."""
        settings = self.settings
        samples = change_speed(samples, float(rng.choice(settings.speeds)))
        if self.rooms and rng.random() < settings.room_chance:
            samples = reverberate(samples, as_float(self.rooms[rng.integers(len(self.rooms))]))
        if self.noises and rng.random() < settings.noise_chance:
            noise = self.noises[rng.integers(len(self.noises))]
            start = int(rng.integers(max(1, len(noise) - len(samples))))
            stretch = as_float(np.resize(noise[start : start + len(samples)], len(samples)))
            samples = add_noise(samples, stretch, rng.uniform(*settings.snr_db))
        if isinstance(self.features, WaveformSettings):
            if rng.random() < settings.band_limit_chance:
                samples = low_pass(samples, rng.uniform(0.5, 1.0))
            return waveform(samples, self.features)
        frames = log_mel(samples, self.features)
        if rng.random() < settings.band_limit_chance:
            # A low-passed recording has a constant band there, which mean subtraction makes 0.
            frames[:, rng.integers(frames.shape[1] // 2, frames.shape[1]) :] = 0.0
        return spec_augment(frames, settings, 1 / self.features.hop_s, rng)


def change_speed(samples: Samples, speed: float) -> Samples:
    """Resample so that the sound plays `speed` times as fast (pitch moves with it)."""
    if speed == 1.0:
        return samples
    return np.asarray(soxr.resample(samples, speed, 1.0, quality="LQ"), np.float32)


def low_pass(samples: Samples, share: float) -> Samples:
    """Take away from f32[n] all but the lowest `share` of the frequencies up to half the rate."""
    spectrum = np.fft.rfft(samples)
    spectrum[max(1, round(share * len(spectrum))) :] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def reverberate(samples: Samples, room: Samples) -> Samples:
    """Convolve with a room's impulse response, aligned at its direct sound; length is kept."""
    wet = fftconvolve(samples, room)[int(np.abs(room).argmax()) :][: len(samples)]
    level = np.sqrt(np.mean(wet**2)) + 1e-9
    return np.asarray(wet * (np.sqrt(np.mean(samples**2)) / level), np.float32)


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add f32[n] noise to f32[n] samples at `snr_db`, by their mean power."""
    power = np.mean(samples**2) / (np.mean(noise**2) + 1e-12)
    return np.asarray(samples + noise * np.sqrt(power / 10 ** (snr_db / 10)), np.float32)


def spec_augment(
    frames: Frames, settings: AugmentSettings, frames_per_s: float, rng: Rng
) -> Frames:
    """Set random bands and stretches of f32[T, n_mels] to 0, the mean (Park et al. 2019)."""
    length, n_mels = frames.shape
    for _ in range(settings.frequency_masks):
        width = int(rng.integers(settings.frequency_width + 1))
        start = int(rng.integers(n_mels - width + 1))
        frames[:, start : start + width] = 0.0
    for _ in range(round(settings.time_masks_per_s * length / frames_per_s)):
        width = int(rng.integers(min(settings.time_width, length // 4) + 1))
        start = int(rng.integers(length - width + 1))
        frames[start : start + width] = 0.0
    return frames
