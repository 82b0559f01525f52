"""Noise is as loud as was asked for, and a room changes neither level nor time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.noise import active_power, add_noise, reverberate, stretch
from edge.audio import Samples

RATE = 16_000

lengths = st.integers(1, 3 * RATE)
levels_db = st.floats(-60, 20)


def sound(seed: int, length: int, level_db: float = -20.0) -> Samples:
    """White noise, half of it silence if it is long enough to have a pause."""
    samples = np.random.default_rng(seed).standard_normal(length)
    if length > RATE:
        samples[: length // 2] = 0
    return np.asarray(samples * 10 ** (level_db / 20), np.float32)


def parts(mixed: Samples, speech: Samples, noise: Samples) -> tuple[float, float]:
    """Return how much of each of two sounds is in a mixture, by least squares."""
    both = np.stack([speech, noise], axis=1).astype(np.float64)
    of_speech, of_noise = np.linalg.lstsq(both, mixed.astype(np.float64))[0]
    return float(of_speech), float(of_noise)


@given(st.integers(100, 3 * RATE), levels_db, levels_db, st.floats(-10, 30))
def test_the_mixture_has_the_snr_that_was_asked_for(length, speech_db, noise_db, snr_db):
    speech, noise = sound(1, length, speech_db), sound(2, length, noise_db)
    mixed = add_noise(speech, noise, snr_db, RATE)
    of_speech, of_noise = parts(mixed, speech, noise)
    ratio = of_speech**2 * active_power(speech, RATE) / (of_noise**2 * np.mean(noise**2.0))
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=0.01)


@given(lengths, levels_db, st.floats(-30, 30))
def test_nothing_clips(length, level_db, snr_db):
    mixed = add_noise(sound(1, length, level_db), sound(2, length), snr_db, RATE)
    assert len(mixed) == length
    assert mixed.dtype == np.float32
    assert np.abs(mixed).max() <= 1


def test_speech_that_does_not_clip_keeps_its_level():
    speech, noise = sound(1, RATE, -30), sound(2, RATE)
    assert parts(add_noise(speech, noise, 10, RATE), speech, noise)[0] == pytest.approx(1, abs=1e-4)


@given(st.integers(0, 5), st.integers(0, 5))
def test_pauses_do_not_change_how_loud_speech_is(before, after):
    speech = sound(1, RATE)
    pause = np.full(RATE, 1e-4, np.float32)
    longer = np.concatenate([*([pause] * before), speech, *([pause] * after)])
    assert active_power(longer, RATE) == pytest.approx(active_power(speech, RATE), rel=1e-4)


def test_active_power_by_hand():
    # Frames of 320 samples and powers 0.1, 0.01, 0.0005, 0. The mean of all is 0.0276; 15.9 dB
    # below it is 0.0007. So two are left, and their mean is 0.055.
    frames = np.sqrt([0.1, 0.01, 0.0005, 0.0])
    assert active_power(np.repeat(frames, 320).astype(np.float32), RATE) == pytest.approx(0.055)


def test_silence_has_no_power():
    assert active_power(np.zeros(1_000, np.float32), RATE) == 0


@given(st.integers(1, RATE), lengths, st.integers(0, 9))
def test_any_noise_fills_any_length(available, length, seed):
    noise = np.arange(1, available + 1, dtype=np.float32)
    heard = stretch(noise, length, np.random.default_rng(seed))
    assert len(heard) == length
    # After each sample comes the next one, and after the last the first.
    assert np.array_equal(heard[:-1] % available + 1, heard[1:])


@given(st.integers(0, 99))
def test_a_pause_between_two_barks_is_not_taken_for_noise(seed):
    noise = np.zeros(60_000, np.float32)
    noise[20_000:22_000] = 0.5
    heard = stretch(noise, 8_000, np.random.default_rng(seed))
    assert np.mean(heard**2) >= 0.1 * np.mean(noise**2)


def test_silent_noise_is_refused():
    with pytest.raises(ValueError, match="silent"):
        add_noise(sound(1, 100), np.zeros(100, np.float32), 0, RATE)


def room(seed: int, direct: int, length: int) -> Samples:
    """An impulse response that decays by 60 dB, its direct sound after `direct` samples."""
    decay = 10 ** (-3 * np.arange(length) / length)
    tail = 0.3 * np.random.default_rng(seed).standard_normal(length) * decay
    tail[:direct] = 0
    tail[direct] = 2.0
    return np.asarray(tail, np.float32)


@given(st.integers(0, 400), st.integers(2_000, 30_000), st.integers(1_000, 40_000))
def test_a_room_delays_nothing_and_keeps_the_level(direct, tail, length):
    speech = sound(3, length, -30)
    heard = reverberate(speech, room(4, direct, direct + tail))
    assert len(heard) == length
    assert np.mean(heard**2.0) == pytest.approx(np.mean(speech**2.0), rel=1e-4)
    around = [np.dot(np.roll(speech, shift), heard) for shift in range(-50, 51)]
    assert int(np.argmax(around)) == 50


def test_a_room_without_echo_changes_nothing():
    speech = sound(1, RATE)
    silent_but_direct = np.zeros(500, np.float32)
    silent_but_direct[100] = -0.7
    assert np.allclose(reverberate(speech, silent_but_direct), -speech, atol=1e-6)


def test_a_room_is_a_convolution():
    speech, echo = sound(1, 400, -40), room(2, 0, 200)
    expected = np.convolve(speech.astype(np.float64), echo)[:400]
    heard = reverberate(speech, echo)
    assert np.allclose(heard * np.std(expected) / np.std(heard), expected, atol=1e-5)
