"""Rank correlation, by hand."""

from __future__ import annotations

import math

import pytest

from calibration.difficulty import spearman


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([-math.inf, -20, -10, 0], [6.1, 6.2, 7.0, 11.9], 1.0),
        ([-math.inf, -20, -10, 0], [4, 3, 2, 1], -1.0),
        # Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 − 6 · 4 / (5 · 24).
        ([1, 2, 3, 4, 5], [20, 10, 40, 30, 50], 0.8),
        # Ranks 1.5 1.5 3 and 1 2 3: cov 1.5 / 2, deviations √(1.5 / 2) and 1.
        ([7, 7, 9], [1, 2, 3], math.sqrt(0.75)),
    ],
)
def test_by_hand(first, second, expected):
    assert spearman(first, second) == pytest.approx(expected)


def test_what_never_changes_goes_with_nothing():
    assert spearman([1, 2, 3], [5, 5, 5]) is None
