"""Choose a threshold for a WER budget: the cheapest that can be trusted to keep it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from calibration.errors import TableError
from calibration.outcome import Outcome, first_within, full_depth, leaving_at
from calibration.sweep import Sweep, sweep
from calibration.table import ExitTable, Floats
from edge.scores import SCORES

CONFIDENCE = 0.9


@dataclass(frozen=True, eq=False)
class Fit:
    """The threshold for one budget, or None where only full depth keeps it, and why."""

    budget: float
    """WER points over full depth."""
    threshold: float | None
    """In the score's own unit and direction."""
    bound: float
    """Upper confidence estimate of the increase in WER, in points."""
    outcome: Outcome
    """On the table it was fitted on."""
    note: str = ""
    """Why it is full depth."""


class ThresholdFitter:
    """Fits one threshold on one score, over all exits.

    The table is a sample, and the cheapest of many thresholds is the one that this sample
    flatters most. So a threshold is taken only if an upper confidence estimate of its increase
    keeps the budget: increase + z · standard error, plus one error that the sample happens not
    to show (Laplace's rule; without it, no change seen would count as no change possible). The
    confidence is that of one threshold named beforehand. It is a margin and not a guarantee.
    """

    def __init__(self, table: ExitTable, score: str, confidence: float = CONFIDENCE) -> None:
        """Sweep `score` over `table`.

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
        self.sweep: Sweep = sweep(table, doubts(table, score))
        margin = NormalDist().inv_cdf(confidence) * self.sweep.deviation
        more = self.sweep.errors - full_depth(table).errors.sum() + 1
        self._bound = 100 * more / table.words.sum() + margin

    def fit(self, budget: float) -> Fit:
        """Return the cheapest threshold whose upper estimate is at most `budget` points."""
        full = full_depth(self.table)
        keeps = np.append(False, self._bound[1:] <= budget)
        cheaper = self.sweep.cost < full.cost.mean()
        allowed = np.flatnonzero(keeps & cheaper)
        if not len(allowed):
            if keeps.any():
                note = "thresholds that keep it cost more than full depth"
            else:
                note = (
                    f"no threshold keeps it with {100 * self.confidence:g} % confidence "
                    f"on {len(self.table)} utterances"
                )
            return Fit(budget, None, 0.0, full, note)
        best = allowed[np.argmin(self.sweep.cost[allowed])]
        threshold = float(self.sweep.limit[best]) * _direction(self.score)
        outcome = at_threshold(self.table, self.score, threshold)
        return Fit(budget, threshold, float(self._bound[best]), outcome)


def doubts(table: ExitTable, score: str) -> Floats:
    """Return a score of the table, [U, E], turned so that lower is surer."""
    return table.score(score) * _direction(score)


def at_threshold(table: ExitTable, score: str, threshold: float) -> Outcome:
    """Return what leaving at the first exit that is as sure as `threshold` comes to."""
    limit = threshold * _direction(score)
    return leaving_at(table, first_within(doubts(table, score), limit), looked=True)


def _direction(score: str) -> int:
    return 1 if SCORES[score].lower_is_surer else -1
