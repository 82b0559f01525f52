"""Log-mel frames against Kaldi's own, and what an encoder relies on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.features import FeatureSettings, log_mel

kaldi = pytest.importorskip("kaldi_native_fbank")


def kaldi_log_mel(samples: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq = settings.sample_rate
    options.frame_opts.frame_length_ms = settings.window_s * 1_000
    options.frame_opts.frame_shift_ms = settings.hop_s * 1_000
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = settings.n_mels
    options.mel_opts.low_freq = settings.low_hz
    options.mel_opts.high_freq = settings.high_hz
    bank = kaldi.OnlineFbank(options)
    bank.accept_waveform(settings.sample_rate, samples.tolist())
    bank.input_finished()
    frames = [bank.get_frame(index) for index in range(bank.num_frames_ready)]
    return np.array(frames, np.float32).reshape(-1, settings.n_mels)


SETTINGS = [
    FeatureSettings(subtract_mean=False),
    FeatureSettings(subtract_mean=False, n_mels=40, low_hz=0.0, high_hz=4_000.0),
    FeatureSettings(subtract_mean=False, sample_rate=8_000, n_mels=24, high_hz=3_800.0),
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("length", [400, 1_601, 16_000, 47_999])
def test_is_what_kaldi_computes(settings: FeatureSettings, length: int) -> None:
    rng = np.random.default_rng(length)
    tone = 0.3 * np.sin(np.arange(length) * 0.07)
    samples = (tone + rng.normal(0, 0.05, length)).astype(np.float32)
    np.testing.assert_allclose(
        log_mel(samples, settings), kaldi_log_mel(samples, settings), atol=2e-3
    )


@given(st.integers(0, 5_000))
def test_frames_are_as_many_as_hops(length: int) -> None:
    frames = log_mel(np.zeros(length, np.float32), FeatureSettings())
    assert frames.shape == ((length + 80) // 160, 80)


def test_silence_lies_at_the_floor() -> None:
    settings = FeatureSettings(subtract_mean=False)
    frames = log_mel(np.zeros(16_000, np.float32), settings)
    np.testing.assert_allclose(frames, np.log(2.0**-23), rtol=1e-6)


def test_loudness_vanishes_with_the_mean() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    settings = FeatureSettings(n_mels=40)
    np.testing.assert_allclose(
        log_mel(samples, settings), log_mel(samples * np.float32(0.25), settings), atol=1e-3
    )
