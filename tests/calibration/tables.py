"""Small exit tables for tests: made by hand, and drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from calibration.table import ExitTable, Floats, Ints


def make_table(
    errors: Sequence[Sequence[int]] | Floats | Ints,
    words: Sequence[int] | Floats | Ints,
    entropy: Sequence[Sequence[float]] | Floats,
    cost_blocks: Sequence[Sequence[float]] | Floats | None = None,
    cost_branch: Sequence[Sequence[float]] | Floats | None = None,
    exits: Sequence[int] | None = None,
    corpus: Sequence[str] | None = None,
    split: Sequence[str] | None = None,
) -> ExitTable:
    """Build a table; by default exits are 1, 2 …, a block costs 1 s and a branch nothing."""
    shape = np.shape(errors)
    columns = np.array(exits if exits is not None else range(1, shape[1] + 1))
    blocks = np.tile(columns.astype(float), (shape[0], 1)) if cost_blocks is None else cost_blocks
    entropies = np.array(entropy, dtype=float)
    return ExitTable(
        exits=columns,
        utterance=np.array([f"u{row}" for row in range(shape[0])]),
        corpus=np.array(corpus or ["a"] * shape[0]),
        split=np.array(split or ["cal"] * shape[0]),
        words=np.array(words, dtype=np.int64),
        characters=5 * np.array(words, dtype=np.int64),
        duration_s=np.arange(1.0, shape[0] + 1),
        errors=np.array(errors, dtype=np.int64),
        char_errors=2 * np.array(errors, dtype=np.int64),
        cost_blocks=np.array(blocks, dtype=float),
        cost_branch=np.zeros(shape) if cost_branch is None else np.array(cost_branch, dtype=float),
        scores={"entropy_nats": entropies, "mean_max_probability": 1 - entropies / 10},
        text=np.array([[f"text {row} {c}" for c in columns] for row in range(shape[0])]),
    )


@st.composite
def tables(draw: st.DrawFn, least_utterances: int = 2) -> ExitTable:
    """Draw tables with many ties, in which leaving early may help, harm or change nothing."""
    utterances = draw(st.integers(least_utterances, 12))
    exits = draw(st.integers(1, 5))
    shape = (utterances, exits)

    def matrix(elements: st.SearchStrategy[float]) -> Floats:
        return draw(arrays.arrays(np.float64, shape, elements=elements))

    whole = st.integers(0, 4).map(float)
    # Multiples of 1/8 add up exactly, so that brute force meets the same sums.
    eighths = st.integers(0, 16).map(lambda n: n / 8)
    return make_table(
        errors=matrix(whole),
        words=draw(arrays.arrays(np.float64, utterances, elements=st.integers(1, 30).map(float))),
        entropy=matrix(eighths),
        cost_blocks=np.cumsum(matrix(eighths.map(lambda x: x + 0.125)), axis=1),
        cost_branch=matrix(eighths.map(lambda x: x / 4)),
        exits=sorted(draw(st.sets(st.integers(1, 12), min_size=exits, max_size=exits))),
    )
