"""Scores against numbers worked out by hand, and what must hold for any distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.errors import ScoreError
from edge.scores import (
    SCORES,
    LogProbs,
    entropy_nats,
    entropy_normalised,
    entropy_per_symbol,
    mean_max_probability,
)
from edge.step import log_softmax

LN2 = math.log(2)

logits = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
    elements=st.floats(-200, 200, width=32),
)


def log_probs(rows: list[list[float]]) -> LogProbs:
    with np.errstate(divide="ignore"):
        logs: LogProbs = np.log(np.array(rows, np.float32))
    return logs


# One frame that is sure, one that hesitates between two of four symbols: (0 + ln 2) / 2.
HALF = log_probs([[1, 0, 0, 0], [0.5, 0.5, 0, 0]])


def test_entropy_in_nats_is_the_mean_over_frames():
    assert entropy_nats(HALF) == pytest.approx(LN2 / 2)


def test_entropy_per_symbol_divides_by_the_number_of_symbols():
    assert entropy_per_symbol(HALF) == pytest.approx(LN2 / 2 / 4)


def test_normalised_entropy_divides_by_its_largest_value():
    assert entropy_normalised(HALF) == pytest.approx(LN2 / 2 / (2 * LN2))
    assert entropy_normalised(log_probs([[0.25] * 4])) == pytest.approx(1)


def test_mean_max_probability_is_the_mean_over_frames():
    assert mean_max_probability(HALF) == pytest.approx(0.75)


def test_three_symbols_worked_out_by_hand():
    # −(0.7 ln 0.7 + 0.2 ln 0.2 + 0.1 ln 0.1) = 0.24967 + 0.32189 + 0.23026
    assert entropy_nats(log_probs([[0.7, 0.2, 0.1]])) == pytest.approx(0.80182, abs=1e-5)


def test_a_sure_frame_has_no_entropy_and_no_nan():
    sure = log_probs([[0, 1, 0]])
    assert [score.of(sure) for score in SCORES.values()] == [0, 0, 0, 1]


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
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
        score.of(broken)


@given(logits)
def test_scores_stay_within_their_bounds(values):
    distribution = log_softmax(values)
    symbols = values.shape[1]
    tolerance = 1e-5
    assert 0 <= entropy_nats(distribution) <= math.log(symbols) + tolerance
    assert 0 <= entropy_per_symbol(distribution) <= math.log(symbols) / symbols + tolerance
    assert 0 <= entropy_normalised(distribution) <= 1 + tolerance
    assert 1 / symbols - tolerance <= mean_max_probability(distribution) <= 1


@given(logits, st.randoms(use_true_random=False))
def test_the_order_of_symbols_and_of_frames_is_of_no_account(values, random):
    frames, symbols = (random.sample(range(size), size) for size in values.shape)
    for score in SCORES.values():
        shuffled = score.of(log_softmax(values[frames][:, symbols]))
        assert shuffled == pytest.approx(score.of(log_softmax(values)), abs=1e-5)


@given(logits, st.data())
def test_impossible_symbols_never_give_nan(values, data):
    distribution = log_softmax(values)
    gone = data.draw(st.integers(0, values.shape[1] - 1))
    distribution[:, gone] = -math.inf
    rest = np.exp(distribution).sum(axis=1, keepdims=True)
    if (rest < 1e-3).any():
        return
    for score in SCORES.values():
        assert math.isfinite(score.of(distribution - np.log(rest)))


def test_a_score_knows_which_way_it_points():
    assert SCORES["entropy_nats"].is_sure(0.1, threshold=0.2)
    assert not SCORES["entropy_nats"].is_sure(0.3, threshold=0.2)
    assert SCORES["mean_max_probability"].is_sure(0.9, threshold=0.8)
    assert not SCORES["mean_max_probability"].is_sure(0.7, threshold=0.8)
