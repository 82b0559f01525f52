"""From log-probabilities to symbols and text."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from edge.posteriors import Ints, LogProbs
from edge.tokens import BLANK, Tokens


def run_starts(likeliest: Ints) -> Ints:
    """Return the frames at which another symbol begins, of the likeliest symbols, int[T]."""
    changes = np.empty(len(likeliest), np.bool_)
    changes[:1] = True
    np.not_equal(likeliest[1:], likeliest[:-1], out=changes[1:])
    return np.flatnonzero(changes)


def collapse(likeliest: Ints) -> tuple[int, ...]:
    """Read the likeliest symbols, int[T], as CTC does: repeats collapse, blanks vanish."""
    # For a few hundred numbers, this takes half as long as arrays.
    return tuple(symbol for symbol, _ in groupby(likeliest.tolist()) if symbol != BLANK)


def greedy(log_probs: LogProbs, tokens: Tokens) -> str:
    """Read the likeliest symbol of every frame.

    Args:
        log_probs: f32[T, V], real frames only; T may be 0.
        tokens: the V symbols.
    """
    return tokens.text(collapse(log_probs.argmax(axis=1)))
