"""CTC prefix beam search: the likeliest texts, each with the sum of all paths that spell it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.posteriors import Probs
from edge.tokens import BLANK

WIDTH = 8
CHOICES = 4
"""Symbols that are tried in a frame, besides blank and the one before."""

SURELY_BLANK = 0.999
"""From this probability on a frame is passed over: nothing is spelt there."""


@dataclass(frozen=True)
class Hypothesis:
    """Symbols, and the natural logarithm of their probability, given the sound."""

    symbols: tuple[int, ...]
    log_prob: float


class _Prefixes:
    """A tree of symbols. A prefix is a number, 0 is the empty one."""

    def __init__(self) -> None:
        self.last = [BLANK]
        self._parent = [0]
        self._children: dict[tuple[int, int], int] = {}

    def longer(self, prefix: int, symbol: int) -> int:
        """Return `prefix` with one more symbol; the same number for the same symbols."""
        child = self._children.setdefault((prefix, symbol), len(self.last))
        if child == len(self.last):
            self.last.append(symbol)
            self._parent.append(prefix)
        return child

    def symbols(self, prefix: int) -> tuple[int, ...]:
        """Spell a prefix."""
        spelt = []
        while prefix:
            spelt.append(self.last[prefix])
            prefix = self._parent[prefix]
        return tuple(reversed(spelt))


def prefix_beam(probs: Probs, width: int = WIDTH, choices: int = CHOICES) -> list[Hypothesis]:
    """Search for the `width` likeliest texts (Hannun et al. 2014, arXiv 1408.2873, without
    a language model).

    In plain Python: with a beam this narrow, NumPy takes longer for the calls than for the sums.

    Args:
        probs: f32[T, V], real frames only.
        width: of the beam.
        choices: how many symbols are tried in each frame.

    Returns:
        At most `width` hypotheses, the likeliest first. Their probabilities are lower bounds,
        for what fell out of the beam is missing.
    """
    choices = min(choices, probs.shape[1] - 1)
    busy = probs[:, BLANK] < SURELY_BLANK
    likeliest = np.argpartition(-probs[:, 1:], choices - 1, axis=1)[:, :choices] + 1
    prefixes = _Prefixes()
    beam = {0: (1.0, 0.0)}
    log_scale = 0.0
    for row, tried, is_busy in zip(probs.tolist(), likeliest.tolist(), busy.tolist(), strict=True):
        if is_busy:
            beam = _best(_go_on(beam, row, tried, prefixes), width)
        else:
            beam = {
                prefix: ((in_blank + in_symbol) * row[BLANK], 0.0)
                for prefix, (in_blank, in_symbol) in beam.items()
            }
        # Kept near 1: a product over thousands of frames would become 0.
        scale = sum(map(sum, beam.values()))
        log_scale += math.log(scale)
        beam = {prefix: (b / scale, s / scale) for prefix, (b, s) in beam.items()}
    return [
        Hypothesis(prefixes.symbols(prefix), math.log(in_blank + in_symbol) + log_scale)
        for prefix, (in_blank, in_symbol) in _best(beam, width).items()
        if in_blank + in_symbol > 0
    ]


_Beam = dict[int, tuple[float, float]]
"""By prefix: the probability of its paths that end in blank, and of those that end in a symbol."""


def _go_on(beam: _Beam, row: list[float], tried: list[int], prefixes: _Prefixes) -> _Beam:
    """Return all prefixes that are reached with one more frame, of probabilities `row`."""
    reached: _Beam = {}
    for prefix, (in_blank, in_symbol) in beam.items():
        last = prefixes.last[prefix]
        either = in_blank + in_symbol
        blank, symbol = reached.get(prefix, (0.0, 0.0))
        reached[prefix] = blank + either * row[BLANK], symbol + in_symbol * row[last]
        for added in tried:
            # The same symbol again is a second one only if there was a blank between.
            before = in_blank if added == last else either
            if before:
                longer = prefixes.longer(prefix, added)
                blank, symbol = reached.get(longer, (0.0, 0.0))
                reached[longer] = blank, symbol + before * row[added]
    return reached


def _best(beam: _Beam, width: int) -> _Beam:
    return dict(sorted(beam.items(), key=lambda item: -sum(item[1]))[:width])
