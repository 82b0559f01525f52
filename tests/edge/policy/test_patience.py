"""Where texts that stop changing leave."""

from __future__ import annotations

import math

import pytest

from boards.errors import UsageError
from edge.errors import ScoreError
from edge.policy import Agreement, Patience
from tests.edge.reached import leaves_at, spelling

EXITS = (2, 4, 6, 8, 10)


@pytest.mark.parametrize(
    ("texts", "times", "exit"),
    [
        (("a", "a", "a", "a", "a"), 1, 4),
        (("a", "a", "a", "a", "a"), 2, 6),
        (("a", "b", "b", "b", "b"), 2, 8),
        (("a", "a", "b", "b", "c"), 2, 10),
        (("a", "a", "b", "b", "c"), 1, 4),
        (("", "", "", "ab", "ab"), 1, 10),
    ],
)
def test_patience_ends_once_the_text_has_not_changed_for_some_exits(texts, times, exit):
    assert leaves_at(Patience(times, EXITS), spelling(*texts)) == exit


def test_patience_may_let_a_few_symbols_change():
    """On texts, PABEE's "the same prediction" hardly ever comes."""
    texts = spelling("abcd", "abcc", "abca", "abcb", "abcb")
    assert leaves_at(Patience(2, EXITS), texts) == 10
    assert leaves_at(Patience(2, EXITS, tolerance=0.25), texts) == 6


@pytest.mark.parametrize(("times", "exits"), [(4, EXITS), (0, EXITS), (1, (2, 4))])
def test_patience_that_never_ends_before_the_last_exit_says_so(times, exits):
    with pytest.raises(UsageError, match="never leaves early"):
        Patience(times, exits)


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, math.nan])
def test_a_tolerance_is_an_edit_rate(tolerance):
    with pytest.raises(UsageError, match="tolerance"):
        Patience(1, EXITS, tolerance)


@pytest.mark.parametrize(
    ("texts", "rate", "exit"),
    [
        (("ab", "ab", "ab", "ab", "ab"), 0.0, 4),
        (("abcd", "abcc", "abcc", "abcc", "abcc"), 0.0, 6),
        (("abcd", "abcc", "abcc", "abcc", "abcc"), 0.25, 4),
        (("", "", "", "", ""), 0.5, 10),
    ],
)
def test_agreement_leaves_where_the_exit_before_said_nearly_the_same(texts, rate, exit):
    assert leaves_at(Agreement(rate, EXITS), spelling(*texts)) == exit


def test_agreement_is_with_the_encoders_exit_before_and_not_with_the_policys():
    texts = spelling("ab", "cd", "ab", "ab", "ab")
    assert leaves_at(Agreement(0.0, (2, 6, 10)), texts) == 10
    assert leaves_at(Agreement(0.0, (2, 8, 10)), texts) == 8


@pytest.mark.parametrize(
    ("rate", "error", "says"),
    [
        (1.0, UsageError, "any two texts"),
        (-0.1, UsageError, "never fires"),
        (math.nan, ScoreError, "NaN"),
    ],
)
def test_a_rate_at_which_all_agree_or_none_is_refused(rate, error, says):
    with pytest.raises(error, match=says):
        Agreement(rate, EXITS)
