"""Scores of the symbols that are put out."""

from __future__ import annotations

import pytest

from tests.edge.reached import step

# a in two frames, a blank, b; of each, the frame that is surest counts.
AB = [[0.2, 0.7, 0.1], [0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.3, 0.1, 0.6]]


def test_a_symbol_is_as_probable_as_its_best_frame():
    assert step(AB).symbols == (1, 2)
    assert step(AB).score("least_symbol_probability") == pytest.approx(0.6)


def test_expected_errors_are_the_sum_of_what_is_left_to_doubt():
    # (1 − 0.9) + (1 − 0.6)
    assert step(AB).score("expected_symbol_errors") == pytest.approx(0.5)


def test_the_same_symbol_twice_counts_twice():
    twice = step([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert twice.symbols == (1, 1)
    assert twice.score("least_symbol_probability") == pytest.approx(0.7)
    assert twice.score("expected_symbol_errors") == pytest.approx(0.4)


def test_symbols_without_a_blank_between_are_apart():
    assert step([[0.1, 0.9, 0.0], [0.1, 0.1, 0.8]]).score("expected_symbol_errors") == (
        pytest.approx(0.3)
    )


def test_without_a_symbol_all_is_doubtful():
    silent = step([[0.9, 0.1], [0.8, 0.2], [1.0, 0.0]])
    assert silent.score("least_symbol_probability") == 0
    assert silent.score("expected_symbol_errors") == 3
