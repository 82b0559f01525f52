"""Sound → log-mel frames: the one function that training and the device share."""

import kaldi_native_fbank as knf
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.float32]


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


def log_mel(samples: Samples, settings: FeatureSettings) -> Frames:
    """Log-mel energies of `samples`.

    Args:
        samples: f32[n], mono, in [-1, 1], at `settings.sample_rate`.
        settings: filter bank and framing.

    Returns:
        f32[T, n_mels] with T = round(n / hop) (Kaldi's framing with mirrored edges),
        natural logarithm, floored at Kaldi's epsilon of 2^-23; each mel band's mean over the
        utterance is taken away when `settings.subtract_mean`.
    """
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = settings.sample_rate
    options.frame_opts.frame_length_ms = settings.window_s * 1_000
    options.frame_opts.frame_shift_ms = settings.hop_s * 1_000
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = settings.n_mels
    options.mel_opts.low_freq = settings.low_hz
    options.mel_opts.high_freq = settings.high_hz

    bank = knf.OnlineFbank(options)
    # A list crosses the binding faster than an array, which it converts item by item.
    bank.accept_waveform(settings.sample_rate, samples.tolist())
    bank.input_finished()
    frames = np.empty((bank.num_frames_ready, settings.n_mels), np.float32)
    for index in range(len(frames)):
        frames[index] = bank.get_frame(index)
    if settings.subtract_mean and len(frames):
        frames -= frames.mean(axis=0)
    return frames
