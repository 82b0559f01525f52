"""N-best posteriors against all paths there are."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.beam import prefix_beam
from edge.decode import collapse
from edge.posteriors import softmax
from edge.scores import nbest_posterior
from tests.edge.reached import log_probs


def all_texts(probs):
    """Return every text's probability, summed over every path."""
    frames, symbols = probs.shape
    texts: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(symbols), repeat=frames):
        mass = math.prod(float(row[at]) for row, at in zip(probs, path, strict=True))
        texts[collapse(np.array(path))] += mass
    return texts


def test_a_text_is_as_likely_as_all_its_paths_together():
    # Greedily nothing is said: 0.6 · 0.6 = 0.36. But a is spelt by -a, a- and aa: 0.64.
    hypotheses = prefix_beam(np.array([[0.6, 0.4], [0.6, 0.4]], np.float32))
    assert [hypothesis.symbols for hypothesis in hypotheses] == [(1,), ()]
    masses = [math.exp(hypothesis.log_prob) for hypothesis in hypotheses]
    assert masses == pytest.approx([0.64, 0.36])
    assert nbest_posterior(log_probs([[0.6, 0.4], [0.6, 0.4]])) == pytest.approx(0.64)


def test_a_repeated_symbol_needs_a_blank_between():
    hypotheses = prefix_beam(np.array([[0.0, 1.0], [0.6, 0.4], [0.0, 1.0]], np.float32))
    assert [hypothesis.symbols for hypothesis in hypotheses] == [(1, 1), (1,)]
    assert math.exp(hypotheses[0].log_prob) == pytest.approx(0.6)


@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 1000))
def test_a_beam_that_drops_nothing_finds_all_texts(frames, symbols, seed):
    logits = np.random.default_rng(seed).normal(0, 2, (frames, symbols)).astype(np.float32)
    probs = softmax(logits)[1]
    probs[:, 0] = np.minimum(probs[:, 0], 0.99)
    wanted = all_texts(probs)
    found = prefix_beam(probs, width=len(wanted), choices=symbols)
    assert {hypothesis.symbols for hypothesis in found} == {
        text for text, mass in wanted.items() if mass > 0
    }
    for hypothesis in found:
        assert math.exp(hypothesis.log_prob) == pytest.approx(wanted[hypothesis.symbols], rel=1e-4)


def test_frames_that_are_surely_blank_part_symbols_all_the_same():
    probs = np.array([[0.0, 1.0], [0.9999, 0.0001], [0.1, 0.9]], np.float32)
    assert prefix_beam(probs)[0].symbols == (1, 1)


def test_thousands_of_frames_do_not_underflow():
    probs = np.tile(np.array([[0.5, 0.3, 0.2]], np.float32), (3_000, 1))
    smallest_float = math.log(5e-324)
    assert -3_000 < prefix_beam(probs)[0].log_prob < smallest_float


@pytest.mark.parametrize(
    "rows",
    [
        [[0.0, 1.0, 0.0]],
        [[1e-9, 1 - 2e-9, 1e-9]],
        [[1.0, 0.0, 0.0]],
    ],
    ids=["one text", "all but one text", "blank"],
)
def test_a_list_that_collapsed_to_one_text_is_never_sure(rows):
    """A single hypothesis has a posterior of 1, and would leave first, whatever it is worth."""
    assert nbest_posterior(log_probs(rows)) == 0


def test_the_empty_text_is_never_sure():
    assert nbest_posterior(log_probs([[0.9, 0.1], [0.9, 0.1]])) == 0
