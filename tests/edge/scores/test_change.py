"""What an exit says beside the one before."""

from __future__ import annotations

import math

import pytest

from edge.scores.change import stable_exits
from tests.edge.reached import branch_calls, spelling, step


@pytest.mark.parametrize(
    ("before", "now", "rate"),
    [
        ("abcd", "abcd", 0),
        ("abcd", "abbd", 1 / 4),
        ("abcd", "abd", 1 / 4),
        ("ab", "abcd", 1 / 2),
        ("", "ab", 1),
        ("ab", "", 1),
        ("ab", "cd", 1),
    ],
)
def test_edits_are_counted_over_the_longer_text(before, now, rate):
    assert spelling(before, now)[-1].score("edit_rate") == rate


def test_the_first_exit_has_nothing_to_agree_with():
    (first,) = spelling("abcd")
    assert first.score("edit_rate") == 1
    assert first.score("stable_exits") == 0
    assert first.score("nearly_stable_exits") == 0


def test_exits_that_say_nothing_do_not_agree():
    assert spelling("", "")[-1].score("edit_rate") == 1
    assert [exit.score("stable_exits") for exit in spelling("", "", "")] == [0, 0, 0]


def test_stable_exits_count_from_the_last_change():
    texts = spelling("ab", "ab", "abc", "abc", "abc", "ab")
    assert [exit.score("stable_exits") for exit in texts] == [0, 1, 0, 1, 2, 0]


def test_nearly_stable_exits_let_one_symbol_in_twenty_change():
    text = 5 * "abcd"
    other, third = "b" + text[1:], "c" + text[1:-1] + "a"
    texts = spelling(text, other, third)
    assert [exit.score("edit_rate") for exit in texts] == [1, 1 / 20, 2 / 20]
    assert [exit.score("stable_exits") for exit in texts] == [0, 0, 0]
    assert [exit.score("nearly_stable_exits") for exit in texts] == [0, 1, 0]
    assert [stable_exits(exit, 0.1) for exit in texts] == [0, 1, 2]


def test_counting_runs_no_branch_beyond_the_last_change():
    texts = spelling("a", "ab", "abc", "abc")
    texts[-1].score("stable_exits")
    assert [branch_calls(exit) for exit in texts] == [0, 1, 1, 1]


def test_entropy_drops_from_exit_to_exit():
    uniform, half = [[0.25] * 4], [[0.5, 0.5, 0, 0]]
    first = step(uniform)
    second = step(half, previous=first)
    third = step(half, previous=second)
    # ln 4 before anything is known; then ln 4 − ln 2, then ln 2 − ln 2.
    drops = [exit.score("entropy_drop") for exit in (first, second, third)]
    assert drops == pytest.approx([0, math.log(2), 0], abs=1e-6)
    assert step(half).score("entropy_drop") == pytest.approx(math.log(2))


def test_entropy_that_rises_is_a_drop_below_zero():
    sure = step([[0, 1, 0, 0]])
    assert step([[0.5, 0.5, 0, 0]], previous=sure).score("entropy_drop") == pytest.approx(
        -math.log(2)
    )
