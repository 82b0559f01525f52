"""What is done to sound before an encoder learns from it."""

import numpy as np
import pytest

from edge.features import FeatureSettings
from training.augment import Augmenter, add_noise, change_speed, reverberate, spec_augment
from training.settings import AugmentSettings

RNG = np.random.default_rng(0)
SOUND = RNG.normal(0, 0.1, 16_000).astype(np.float32)


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 20.0])
def test_noise_has_the_power_that_was_asked_for(snr_db: float) -> None:
    noise = RNG.normal(0, 0.7, 16_000).astype(np.float32)
    added = add_noise(SOUND, noise, snr_db) - SOUND
    found = 10 * np.log10(np.mean(SOUND**2) / np.mean(added**2))
    assert found == pytest.approx(snr_db, abs=0.01)


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_speed_changes_the_length(speed: float) -> None:
    assert len(change_speed(SOUND, speed)) == pytest.approx(16_000 / speed, abs=2)


def test_a_room_keeps_length_and_level_and_onset() -> None:
    room = np.zeros(4_000, np.float32)
    room[300], room[2_000] = 1.0, 0.3
    click = np.zeros(16_000, np.float32)
    click[5_000] = 1.0
    wet = reverberate(click, room)
    assert wet.shape == click.shape
    assert int(wet.argmax()) == 5_000
    assert np.mean(wet**2) == pytest.approx(np.mean(click**2), rel=1e-3)


def test_spec_augment_blanks_no_more_than_it_may() -> None:
    settings = AugmentSettings(frequency_masks=2, frequency_width=5, time_masks_per_s=0.0)
    masked = spec_augment(np.ones((50, 40), np.float32), settings, 100.0, np.random.default_rng(3))
    assert 0 < (masked == 0).all(axis=0).sum() <= 10


def test_the_same_seed_gives_the_same_frames() -> None:
    noises = [(RNG.normal(0, 3_000, 9_000)).astype(np.int16)]
    settings = AugmentSettings(noise_chance=1.0, room_chance=1.0)
    augmenter = Augmenter(settings, FeatureSettings(), noises, noises)
    once, again, other = (
        augmenter.frames(SOUND, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(once, again)
    assert once.shape != other.shape or not np.array_equal(once, other)
