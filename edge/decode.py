"""From log-probabilities to symbols and text."""

from __future__ import annotations

import numpy as np

from edge.posteriors import Ints, LogProbs
from edge.tokens import BLANK, Tokens


def run_starts(likeliest: Ints) -> Ints:
    """Return the frames at which another symbol begins, of the likeliest symbols, int[T]."""
    changes = np.ones(len(likeliest), np.bool_)
    np.not_equal(likeliest[1:], likeliest[:-1], out=changes[1:])
    return np.flatnonzero(changes)


def collapse(likeliest: Ints) -> tuple[int, ...]:
    """Read the likeliest symbols, int[T], as CTC does: repeats collapse, blanks vanish."""
    runs = likeliest[run_starts(likeliest)]
    return tuple(runs[runs != BLANK].tolist())


def greedy(log_probs: LogProbs, tokens: Tokens) -> str:
    """Read the likeliest symbol of every frame.

    Args:
        log_probs: f32[T, V], real frames only; T may be 0.
        tokens: the V symbols.
    """
    return tokens.text(collapse(log_probs.argmax(axis=1)))
