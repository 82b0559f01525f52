"""What the sound itself tells."""

from __future__ import annotations

import numpy as np
import pytest

from edge.facts import Facts, level
from edge.features import Samples, log_mel
from tests.edge.tiny import FEATURES


def test_duration_is_that_of_the_real_frames():
    assert Facts.of(np.zeros((113, 24), np.float32), FEATURES).duration_s == pytest.approx(1.13)


def test_level_is_the_mean_square_in_decibels():
    seconds = np.arange(16_000) / 16_000
    sine: Samples = np.sin(2 * np.pi * 100 * seconds).astype(np.float32)
    # A sine's mean square is a half of its peak's.
    assert level(sine) == pytest.approx(-3.0103, abs=1e-3)
    assert level(np.float32(0.1) * sine) == pytest.approx(-23.0103, abs=1e-3)
    assert level(np.zeros(10, np.float32)) == -100


def test_spread_is_how_far_loud_frames_are_above_quiet_ones():
    features = np.repeat(np.arange(101, dtype=np.float32)[:, None], 24, axis=1)
    assert Facts.of(features, FEATURES).level_spread == 80
    assert Facts.of(features[:1], FEATURES).level_spread == 0


def test_spread_does_not_depend_on_the_level_but_on_the_noise(babble):
    noise = np.random.default_rng(1).normal(0, 0.05, len(babble)).astype(np.float32)
    pulsed = babble * (np.arange(len(babble)) % 8_000 < 4_000)

    def spread(samples):
        return Facts.of(log_mel(samples, FEATURES), FEATURES).level_spread

    assert spread(0.5 * (pulsed + noise)) == pytest.approx(spread(pulsed + noise), abs=1e-3)
    assert spread(pulsed + noise) < spread(pulsed + 0.1 * noise) < spread(pulsed + 0.01 * noise)
