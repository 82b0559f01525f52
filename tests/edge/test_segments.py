"""Cutting long sound at its pauses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.segments import cut

RATE = 1_000


@st.composite
def sounds(draw):
    """Bursts of noise and of silence, f32[n] at 1 kHz, up to 12 s."""
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    parts = draw(st.lists(st.tuples(st.integers(1, 2_000), st.sampled_from([0, 0.01, 1]))))
    bursts = [level * generator.standard_normal(length) for length, level in parts[:6]]
    return np.concatenate([np.empty(0), *bursts]).astype(np.float32)


def chunks_of(samples, lengths):
    while len(samples):
        length = lengths[0] if lengths else 1_234
        lengths = lengths[1:]
        yield samples[:length]
        samples = samples[length:]


@given(sounds(), st.lists(st.integers(1, 5_000), max_size=8), st.floats(0.4, 5))
def test_pieces_are_short_enough_and_make_up_the_whole(samples, lengths, longest_s):
    pieces = list(cut(chunks_of(samples, lengths), RATE, longest_s))
    assert all(0 < len(piece.samples) <= longest_s * RATE for piece in pieces)
    joined = np.concatenate([np.empty(0, np.float32), *(piece.samples for piece in pieces)])
    assert np.array_equal(joined, samples)
    starts = np.cumsum([0, *(len(piece.samples) for piece in pieces)])[:-1] / RATE
    assert [piece.start_s for piece in pieces] == pytest.approx(list(starts))


@given(sounds(), st.lists(st.integers(1, 5_000), max_size=8))
def test_where_it_is_cut_does_not_depend_on_how_it_came(samples, lengths):
    by_chunks = [piece.start_s for piece in cut(chunks_of(samples, lengths), RATE, 1.5)]
    at_once = [piece.start_s for piece in cut([samples], RATE, 1.5)]
    assert by_chunks == at_once


def test_a_cut_lies_in_the_middle_of_the_pause():
    samples = np.random.default_rng(0).standard_normal(3_000).astype(np.float32)
    samples[1_400:1_600] = 0
    first, second = cut([samples], RATE, 2.0)
    assert len(first.samples) == 1_500
    assert second.start_s == 1.5


def test_a_long_pause_is_taken_before_a_short_one():
    samples = np.random.default_rng(0).standard_normal(3_000).astype(np.float32)
    samples[1_200:1_500] = 0
    samples[1_800:1_850] = 0
    first, _ = cut([samples], RATE, 2.0)
    assert 1_200 < len(first.samples) < 1_500


def test_sound_without_a_pause_is_cut_all_the_same():
    samples = np.ones(10_000, np.float32)
    pieces = list(cut([samples], RATE, 2.0))
    assert len(pieces) > 5
    assert sum(len(piece.samples) for piece in pieces) == 10_000


def test_sound_that_is_short_enough_is_one_piece():
    samples = np.zeros(2_000, np.float32)
    assert [len(piece.samples) for piece in cut([samples], RATE, 2.0)] == [2_000]


def test_pieces_too_short_to_hold_a_pause_are_a_mistake():
    with pytest.raises(ValueError, match="too short"):
        list(cut([np.zeros(10, np.float32)], RATE, 0.1))
