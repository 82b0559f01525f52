"""ELBERT's second stage, by hand."""

from __future__ import annotations

import math

import pytest

from boards.errors import UsageError
from edge.errors import ScoreError
from edge.policy import Window
from tests.edge.reached import Reached, chain, leaves_at

EXITS = (2, 4, 6, 8, 10)


def window(kind, score="entropy_normalised", exits=EXITS, **settings):
    known = {"threshold": 0.1, "side": 0.4, "length": 3, "spread": 0.1}
    return Window(score, kind=kind, exits=exits, **{**known, **settings})


@pytest.mark.parametrize("kind", ["side", "trend", "range"])
def test_the_first_stage_is_a_threshold(kind):
    assert leaves_at(window(kind), chain(0.9, 0.1, 0.0, 0.0, 0.0)) == 4


@pytest.mark.parametrize("kind", ["side", "trend", "range"])
def test_a_window_must_be_full(kind):
    values = (0.39, 0.38, 0.37, 0.36, 0.35)
    assert leaves_at(window(kind), chain(*values)) == 6
    assert leaves_at(window(kind, length=4), chain(*values)) == 8


@pytest.mark.parametrize(
    ("kind", "values", "exit"),
    [
        ("side", (0.4, 0.2, 0.4, 0.9, 0.9), 6),
        ("side", (0.5, 0.4, 0.2, 0.3, 0.9), 8),
        ("side", (0.3, 0.5, 0.3, 0.5, 0.3), 10),
        ("trend", (0.4, 0.3, 0.3, 0.9, 0.9), 6),
        ("trend", (0.4, 0.2, 0.3, 0.3, 0.9), 10),
        ("trend", (0.5, 0.4, 0.3, 0.2, 0.9), 8),
        ("range", (0.4, 0.35, 0.38, 0.9, 0.9), 6),
        ("range", (0.4, 0.2, 0.38, 0.35, 0.9), 10),
        ("range", (0.45, 0.4, 0.38, 0.35, 0.9), 8),
    ],
)
def test_a_window_leaves_on_one_side_or_going_one_way_or_within_a_range(kind, values, exit):
    assert leaves_at(window(kind), chain(*values)) == exit


def test_a_window_goes_the_other_way_where_higher_is_surer():
    policy = window("trend", "mean_max_probability", threshold=0.9, side=0.6)
    assert leaves_at(policy, chain(0.6, 0.7, 0.8, 0.1, 0.1)) == 6
    assert leaves_at(policy, chain(0.8, 0.7, 0.6, 0.1, 0.1)) == 10


def test_a_window_holds_the_encoders_exits_and_leaves_at_the_policys():
    assert leaves_at(window("side", exits=(8, 10)), chain(0.3, 0.3, 0.3, 0.3, 0.3)) == 8
    assert leaves_at(window("side", exits=(8, 10)), chain(0.3, 0.3, 0.9, 0.3, 0.3)) == 10


def test_a_window_reads_no_more_than_it_holds():
    steps = list(chain(0.9, 0.9, 0.9, 0.9, 0.9))
    window("side", exits=(8, 10)).leaves(steps[3])
    assert [step.asked > 0 for step in steps] == [False, True, True, True, False]


def test_nan_in_a_window_is_an_error():
    steps = list(chain(0.3, 0.3, 0.3))
    steps[1].value = math.nan
    with pytest.raises(ScoreError, match="exit 4 is NaN"):
        window("side").leaves(steps[2])
    with pytest.raises(ScoreError, match="NaN"):
        window("side", side=math.nan)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"side": 0.1}, "not softer"),
        ({"side": 0.05}, "not softer"),
        ({"threshold": -0.1}, "never fires"),
        ({"length": 1}, "no window"),
        ({"spread": -0.1}, "below 0"),
        ({"spread": math.nan}, "below 0"),
    ],
    ids=str,
)
def test_a_window_that_never_fires_is_refused(settings, says):
    with pytest.raises(UsageError, match=says):
        window("range", **settings)


def test_the_last_exit_is_left_without_a_look():
    last = Reached(10, math.nan)
    assert window("side").leaves(last)
    assert last.asked == 0
