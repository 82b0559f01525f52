"""All scores and signs, by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.errors import InterpreterError, ScoreError
from edge.facts import Facts
from edge.posteriors import softmax
from edge.scores import SCORES
from edge.signs import SIGNS
from edge.step import Step
from tests.edge.reached import FACTS, SEEN, Written, branch_calls, spelling, step

ROWS = [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.7, 0.2, 0.1]]
NAMES = [*SCORES, *SIGNS]
OF_THE_SOUND = {"sound_s", "level", "level_spread"}


def test_no_score_and_no_sign_share_a_name():
    assert len(set(NAMES)) == len(SCORES) + len(SIGNS)
    assert [score.name for score in SCORES.values()] == list(SCORES)


def test_a_score_knows_which_way_it_points():
    assert SCORES["entropy_nats"].is_sure(0.1, threshold=0.2)
    assert not SCORES["entropy_nats"].is_sure(0.3, threshold=0.2)
    assert SCORES["mean_max_probability"].is_sure(0.9, threshold=0.8)
    assert not SCORES["mean_max_probability"].is_sure(0.7, threshold=0.8)


def test_surer_exits_have_surer_scores():
    doubtful = step([[0.4, 0.3, 0.3], [0.3, 0.4, 0.3]], previous=spelling("ab")[0])
    sure = step([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01]], previous=step(ROWS))
    for name, score in SCORES.items():
        if name != "entropy_drop":  # says that nothing more is to be gained, be it sure or not
            assert score.is_sure(sure.score(name), doubtful.score(name)), name


@pytest.mark.parametrize("name", NAMES)
def test_padding_changes_nothing(name):
    """Published code counts padding in CTC lengths and means."""
    before, padded_before = step(ROWS[:2]), step(ROWS[:2], padding=3)
    plain = step(ROWS, previous=before).score(name)
    assert step(ROWS, previous=padded_before, padding=2).score(name) == plain


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OF_THE_SOUND])
def test_nan_is_an_error_in_every_score_and_never_a_number(name):
    broken = step([[math.nan, 1.0], [0.5, 0.5]], previous=step([[0.5, 0.5]]))
    with pytest.raises(InterpreterError, match="NaN"):
        broken.score(name)


def test_everything_is_computed_from_one_softmax(monkeypatch):
    """Or a device would spend more on scores than on the branches, here two at each exit."""
    calls = []

    def counting(logits, highest):
        calls.append(len(logits))
        return softmax(logits, highest)

    monkeypatch.setattr("edge.step.softmax", counting)
    exit = step(ROWS, previous=step(ROWS))
    for name in 2 * NAMES:
        exit.score(name)
    assert calls == [3, 3, 3]
    assert branch_calls(exit) == 1


logits = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
    elements=st.floats(-200, 200, width=32),
)


@given(st.lists(logits, min_size=2, max_size=2))
def test_every_score_is_a_finite_number_no_surer_than_the_surest(outputs):
    previous = None
    for values in outputs:
        inputs = np.zeros((1, len(values), 1), np.float32)
        branches = Written(values), Written(values)
        exit = Step(2, len(values), inputs, inputs, branches[0], FACTS, previous, branches[1], SEEN)
        for name in NAMES:
            value = exit.score(name)
            assert isinstance(value, float)
            assert math.isfinite(value)
            if name in SCORES:
                assert SCORES[name].can_reach(value)
        previous = exit


def test_signs_by_hand():
    exit = step([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.6, 0.4, 0.0], [0.1, 0.1, 0.8]])
    assert {name: exit.score(name) for name in SIGNS} == {
        "blank_share": 0.5,
        "symbols": 2,
        "symbols_per_s": 1,
        "sound_s": 2,
        "level": -20,
        "level_spread": 4,
    }


def test_a_level_that_is_not_known_is_an_error():
    unknown = Facts(duration_s=1.0, level=None, level_spread=1.0)
    inputs = np.zeros((1, 1, 1), np.float32)
    exit = Step(2, 1, inputs, inputs, Written(np.zeros((1, 2), np.float32)), unknown)
    with pytest.raises(ScoreError, match="level"):
        exit.score("level")
