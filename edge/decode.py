"""From log-probabilities to text."""

from __future__ import annotations

import numpy as np

from edge.scores import LogProbs
from edge.tokens import BLANK, Tokens


def greedy(log_probs: LogProbs, tokens: Tokens) -> str:
    """Read the likeliest symbol of every frame as CTC does: repeats collapse, blanks vanish.

    Args:
        log_probs: f32[T, V], real frames only; T may be 0.
        tokens: the V symbols.
    """
    best = log_probs.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    return tokens.text(int(token) for token in best[starts] if token != BLANK)
