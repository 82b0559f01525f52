"""Where a threshold and a fixed exit leave."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.errors import UsageError
from edge.encoder import Encoder
from edge.errors import ScoreError
from edge.features import log_mel
from edge.policy import FixedExit, Threshold
from tests.edge.reached import Reached, chain, leaves_at
from tests.edge.tiny import EXITS, FEATURES


@pytest.mark.parametrize(
    ("scores", "exit"),
    [((0.1, 0, 0), 2), ((0.2, 0, 0), 2), ((0.3, 0.1, 0), 4), ((0.3, 0.3, 0.3), 6)],
)
def test_low_entropy_leaves(scores, exit):
    assert leaves_at(Threshold("entropy_nats", 0.2, (2, 4, 6)), chain(*scores)) == exit


@pytest.mark.parametrize(
    ("scores", "exit"),
    [((0.9, 0, 0), 2), ((0.8, 0, 0), 2), ((0.7, 0.9, 0), 4), ((0.1, 0.1, 0.1), 6)],
)
def test_high_probability_leaves(scores, exit):
    assert leaves_at(Threshold("mean_max_probability", 0.8, (2, 4, 6)), chain(*scores)) == exit


@given(
    st.lists(st.floats(allow_nan=False), min_size=3, max_size=3),
    st.floats(0, 1, allow_nan=False),
)
def test_every_utterance_leaves_at_the_last_exit_at_the_latest(scores, threshold):
    for score in ("entropy_nats", "mean_max_probability"):
        assert leaves_at(Threshold(score, threshold, (2, 4, 6)), chain(*scores)) in (2, 4, 6)


def test_nan_is_an_error_and_never_goes_on():
    with pytest.raises(ScoreError, match="exit 2 is NaN"):
        leaves_at(Threshold("entropy_nats", 0.2, (2, 4, 6)), chain(math.nan, 0, 0))
    with pytest.raises(ScoreError, match="threshold"):
        Threshold("entropy_nats", math.nan, (2, 4, 6))


@pytest.mark.parametrize(
    ("score", "threshold", "end"),
    [
        ("entropy_nats", -0.001, "down to 0"),
        ("entropy_nats", -math.inf, "down to 0"),
        ("mean_max_probability", 1.001, "up to 1"),
        ("nbest_posterior", 1.0, "up to 0.9999999"),
        ("edit_rate", -1.0, "down to 0"),
    ],
)
def test_a_threshold_that_never_fires_says_so(score, threshold, end):
    """A published default is full depth in disguise."""
    with pytest.raises(UsageError, match="never fires") as caught:
        Threshold(score, threshold, (2, 4, 6))
    assert end in caught.value.tries[0]


def test_nothing_is_computed_at_exits_that_are_not_allowed_or_leave_anyway():
    policy = Threshold("entropy_nats", 0.2, (4, 6))
    steps = [Reached(2, 0.0), Reached(4, 0.5), Reached(6, 0.5)]
    assert [policy.leaves(step) for step in steps] == [False, False, True]
    assert [step.asked for step in steps] == [0, 1, 0]


def test_a_fixed_exit_runs_no_branch_before_it(tiny, babble):
    encoder = Encoder(tiny)
    policy = FixedExit(4, EXITS)
    for step in encoder.exits(log_mel(babble, FEATURES)):
        if policy.leaves(step):
            break
    assert step.exit == 4
    assert [branch.calls for branch in encoder.branches.values()] == [0, 0, 0]
    step.score(policy.score)
    assert [branch.calls for branch in encoder.branches.values()] == [0, 0, 1]


def test_an_exit_that_does_not_exist_names_those_that_do():
    with pytest.raises(UsageError, match="no exit 5") as caught:
        FixedExit(5, (2, 4, 6))
    assert "2, 4, 6" in caught.value.tries[0]


def test_a_score_that_does_not_exist_names_those_that_do():
    with pytest.raises(UsageError, match="no score 'entropy_nat'") as caught:
        Threshold("entropy_nat", 0.1, (2,))
    assert caught.value.tries[0] == "did you mean 'entropy_nats'?"
