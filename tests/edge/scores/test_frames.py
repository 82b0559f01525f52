"""Scores over frames against numbers worked out by hand, and what holds for any distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.errors import ScoreError
from edge.posteriors import softmax
from edge.scores import (
    entropy_nats,
    entropy_normalised,
    entropy_per_symbol,
    low_decile_max_probability,
    mean_margin,
    mean_max_probability,
    nbest_posterior,
    nonblank_entropy_nats,
    nonblank_entropy_normalised,
    nonblank_entropy_per_symbol,
)
from tests.edge.reached import log_probs

LN2 = math.log(2)

OVER_ALL_FRAMES = (
    entropy_nats,
    entropy_per_symbol,
    entropy_normalised,
    mean_max_probability,
    low_decile_max_probability,
    mean_margin,
)
OVER_FRAMES = (
    *OVER_ALL_FRAMES,
    nonblank_entropy_nats,
    nonblank_entropy_per_symbol,
    nonblank_entropy_normalised,
    nbest_posterior,
)

logits = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
    elements=st.floats(-200, 200, width=32),
)

# One frame that is sure, one that hesitates between two of four symbols: (0 + ln 2) / 2.
HALF = log_probs([[1, 0, 0, 0], [0.5, 0.5, 0, 0]])

# A sure blank, and a symbol that another one rivals.
SPOKEN = log_probs([[1, 0, 0, 0], [0, 0.5, 0.5, 0]])


def test_entropy_in_nats_is_the_mean_over_frames():
    assert entropy_nats(HALF) == pytest.approx(LN2 / 2)


def test_entropy_per_symbol_divides_by_the_number_of_symbols():
    assert entropy_per_symbol(HALF) == pytest.approx(LN2 / 2 / 4)


def test_normalised_entropy_divides_by_its_largest_value():
    assert entropy_normalised(HALF) == pytest.approx(LN2 / 2 / (2 * LN2))
    assert entropy_normalised(log_probs([[0.25] * 4])) == pytest.approx(1)


def test_the_units_of_entropy_are_three_numbers():
    """Mixing them is this field's commonest mistake: a threshold of one is nonsense to another."""
    of_a_frame = log_probs([[0.7, 0.2, 0.1]])
    # −(0.7 ln 0.7 + 0.2 ln 0.2 + 0.1 ln 0.1) = 0.24967 + 0.32189 + 0.23026
    assert entropy_nats(of_a_frame) == pytest.approx(0.80182, abs=1e-5)
    assert entropy_per_symbol(of_a_frame) == pytest.approx(0.26727, abs=1e-5)
    assert entropy_normalised(of_a_frame) == pytest.approx(0.72985, abs=1e-5)


def test_without_blank_frames_only_those_count_in_which_something_is_said():
    assert entropy_nats(SPOKEN) == pytest.approx(LN2 / 2)
    assert nonblank_entropy_nats(SPOKEN) == pytest.approx(LN2)
    assert nonblank_entropy_per_symbol(SPOKEN) == pytest.approx(LN2 / 4)
    assert nonblank_entropy_normalised(SPOKEN) == pytest.approx(0.5)


def test_nothing_but_blanks_is_as_unsure_as_can_be():
    silent = log_probs([[1, 0, 0, 0], [0.9, 0.1, 0, 0]])
    assert nonblank_entropy_nats(silent) == pytest.approx(math.log(4))
    assert nonblank_entropy_per_symbol(silent) == pytest.approx(math.log(4) / 4)
    assert nonblank_entropy_normalised(silent) == pytest.approx(1)


def test_mean_max_probability_is_the_mean_over_frames():
    assert mean_max_probability(HALF) == pytest.approx(0.75)


def test_the_lowest_decile_is_the_mean_of_a_tenth_of_the_frames_rounded_up():
    rows = [[1 - n / 100, n / 100] for n in range(21)]
    # ⌈21 / 10⌉ = 3 frames: 0.80, 0.81 and 0.82.
    assert low_decile_max_probability(log_probs(rows)) == pytest.approx(0.81)
    assert low_decile_max_probability(log_probs(rows[:10])) == pytest.approx(0.91)
    assert low_decile_max_probability(log_probs(rows[5:6])) == pytest.approx(0.95)


def test_the_margin_is_between_the_first_and_the_second():
    # 0.7 − 0.2 and 0.5 − 0.4
    assert mean_margin(log_probs([[0.7, 0.2, 0.1], [0.1, 0.4, 0.5]])) == pytest.approx(0.3)


def test_a_sure_frame_has_no_entropy_and_no_nan():
    """Published code takes log(softmax): of a probability that became 0 it makes NaN."""
    sure = log_probs([[0, 1, 0]])
    assert [score(sure) for score in OVER_ALL_FRAMES] == [0, 0, 0, 1, 1, 1]
    assert nonblank_entropy_nats(sure) == 0


@pytest.mark.parametrize("score", OVER_FRAMES)
@pytest.mark.parametrize(
    "broken",
    [
        np.array([[math.nan, 0.0]], np.float32),
        np.array([[0.0, -math.inf], [math.nan, math.nan]], np.float32),
        np.array([[math.inf, 0.0]], np.float32),
        np.array([[3.0, -1.0]], np.float32),
        np.array([[-math.inf, -math.inf]], np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros((3, 1), np.float32),
        np.zeros(4, np.float32),
    ],
    ids=["nan", "one nan frame", "inf", "logits", "nothing", "no frame", "one symbol", "flat"],
)
def test_what_is_no_distribution_is_an_error_and_never_a_number(score, broken):
    with pytest.raises(ScoreError):
        score(broken)


@given(logits)
def test_scores_stay_within_their_bounds(values):
    distribution, _ = softmax(values)
    symbols = values.shape[1]
    tolerance = 1e-5
    for nats, per_symbol, normalised in (OVER_FRAMES[:3], OVER_FRAMES[6:9]):
        assert 0 <= nats(distribution) <= math.log(symbols) + tolerance
        assert 0 <= per_symbol(distribution) <= math.log(symbols) / symbols + tolerance
        assert 0 <= normalised(distribution) <= 1 + tolerance
    mean = mean_max_probability(distribution)
    assert 1 / symbols - tolerance <= low_decile_max_probability(distribution) <= mean + tolerance
    assert mean <= 1
    assert 0 <= mean_margin(distribution) <= mean + tolerance
    assert 0 <= nbest_posterior(distribution) < 1


@given(logits, st.randoms(use_true_random=False))
def test_the_order_of_symbols_and_of_frames_is_of_no_account(values, random):
    frames, symbols = (random.sample(range(size), size) for size in values.shape)
    for score in OVER_ALL_FRAMES:
        shuffled = score(softmax(values[frames][:, symbols])[0])
        assert shuffled == pytest.approx(score(softmax(values)[0]), abs=1e-5)


@given(logits, st.data())
def test_impossible_symbols_never_give_nan(values, data):
    distribution, _ = softmax(values)
    gone = data.draw(st.integers(0, values.shape[1] - 1))
    distribution[:, gone] = -math.inf
    rest = np.exp(distribution).sum(axis=1, keepdims=True)
    if (rest < 1e-3).any():
        return
    for score in OVER_FRAMES:
        assert math.isfinite(score(distribution - np.log(rest)))


def test_large_logits_become_probabilities():
    log_of, probs = softmax(np.array([[1e4, 0, -1e4]], np.float32))
    assert probs.tolist() == [[1, 0, 0]]
    assert log_of.tolist() == [[0, -1e4, -2e4]]
