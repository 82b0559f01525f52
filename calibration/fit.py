"""Choose exits and a threshold for a WER budget: the cheapest that can be trusted to keep it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from statistics import NormalDist

import numpy as np

from calibration.errors import TableError
from calibration.outcome import Outcome, first_within, full_depth, leaving_at
from calibration.sweep import sweep
from calibration.table import ExitTable, Floats

CONFIDENCE = 0.95
"""Of the margin that a budget is fitted with: 1.6 standard errors. What was chosen among many on
one sample does worse on another; with no margin, every second budget would be exceeded. On our own
encoder, 0.7 gave a point that lost 0.8 points on other speech where the budget was 0.5; on tables
drawn from a known population (`tests/calibration/test_budget.py`), 0.95 costs a third of a block.
"""


@dataclass(frozen=True)
class Fit:
    """Leave at the first of `exits` that is as sure as `threshold`, or at the last of them."""

    budget: float
    """WER points over full depth."""
    exits: tuple[int, ...]
    threshold: float | None
    """In the score's own unit and direction; None where there is a single exit."""
    note: str = ""
    """Why it is full depth, where nothing else keeps the budget."""


@dataclass(frozen=True, eq=False)
class _Candidates:
    """The thresholds over one range of exits. Arrays are [K]."""

    exits: tuple[int, ...]
    limit: Floats
    cost: Floats
    bound: Floats
    """Upper confidence estimate of the increase in WER, in points."""


class ThresholdFitter:
    """Fits one threshold on one score, and the range of exits that it looks at.

    A range goes from one exit to another, all those between included: to look at an exit where
    few are sure costs more than they save, and to go beyond the last one that helps does, too.

    The table is a sample, and the cheapest of many policies is the one that this sample flatters
    most. So a policy is taken only if an upper confidence estimate of its increase keeps the
    budget: increase + z · standard error, plus one error that the sample happens not to show
    (Laplace's rule; without it, no change seen would count as no change possible). The
    confidence is that of one policy named beforehand; it is a margin and not a guarantee.
    """

    def __init__(
        self,
        table: ExitTable,
        score: str,
        confidence: float = CONFIDENCE,
        full: Outcome | None = None,
    ) -> None:
        """Sweep `score` over `table`; `full` is full depth, if the table's own is not meant.

        Raises:
            TableError: there is no such score, or one utterance only, which has no spread.
            ValueError: `confidence` is not from 0.5 (no margin but the one error) up to 1.
        """
        if not 0.5 <= confidence < 1:
            raise ValueError(f"a confidence of {confidence} is not from 0.5 up to 1")
        if len(table) < 2:
            raise TableError(
                "nothing can be fitted to a single utterance",
                "a few hundred utterances of the speech to come are a good start",
            )
        self.table = table
        self.score = score
        self.confidence = confidence
        self._full = full or full_depth(table)
        self._sign = 1 if table.is_surer_low(score) else -1
        self._candidates = [
            self._sweep(first, last)
            for first, last in combinations_with_replacement(range(len(table.exits)), 2)
            if first < len(table.exits) - 1
        ]

    def _sweep(self, first: int, last: int) -> _Candidates:
        exits = tuple(self.table.exits[first : last + 1].tolist())
        table = self.table.among(exits)
        tried = sweep(table, table.doubts(self.score), self._full)
        more = tried.errors - self._full.errors.sum() + 1
        margin = NormalDist().inv_cdf(self.confidence) * tried.deviation
        bound = 100 * more / table.words.sum() + margin
        # To look at several exits and never leave early is to look for nothing.
        start = 1 if len(exits) > 1 else 0
        return _Candidates(exits, tried.limit[start:], tried.cost[start:], bound[start:])

    def fit(self, budget: float) -> Fit:
        """Return the cheapest policy whose upper estimate is at most `budget` points."""
        least = self._full.cost.mean()
        full = Fit(budget, (int(self.table.exits[-1]),), None, self._why_full(budget))
        best = full
        for tried in self._candidates:
            allowed = np.flatnonzero((tried.bound <= budget) & (tried.cost < least))
            if len(allowed):
                chosen = allowed[np.argmin(tried.cost[allowed])]
                least = tried.cost[chosen]
                threshold = float(tried.limit[chosen]) * self._sign
                best = Fit(budget, tried.exits, threshold if len(tried.exits) > 1 else None)
        return best

    def _why_full(self, budget: float) -> str:
        if any((tried.bound <= budget).any() for tried in self._candidates):
            return "what keeps it costs more than full depth"
        return (
            f"nothing else keeps it with {100 * self.confidence:g} % confidence "
            f"on {len(self.table)} utterances"
        )


def at_threshold(
    table: ExitTable, score: str, threshold: float, exits: tuple[int, ...] | None = None
) -> Outcome:
    """Return what leaving at the first exit that is as sure as `threshold` comes to.

    Only `exits` are looked at, by default all; at the last of them, all leave.
    """
    table = table if exits is None else table.among(exits)
    limit = threshold if table.is_surer_low(score) else -threshold
    return leaving_at(table, first_within(table.doubts(score), limit), looked=True)
