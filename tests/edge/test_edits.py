"""Levenshtein distance, against a library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from edge.edits import edits

symbols = st.lists(st.integers(1, 5), max_size=100).map(tuple)


def test_edits_by_hand():
    assert edits((), ()) == 0
    assert edits((1, 2), ()) == edits((), (1, 2)) == 2
    assert edits((1, 2, 3), (1, 3)) == 1
    assert edits((1, 2, 3), (2, 3, 4)) == 2
    assert edits((1, 2), (3, 4)) == 2


@given(symbols, symbols)
def test_edits_are_those_of_a_library(one, other):
    assert edits(one, other) == Levenshtein.distance(one, other)
