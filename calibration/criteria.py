"""Criteria that can be fitted: a threshold on a score, and the learnt score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from calibration.crossfit import LearntPath, folds
from calibration.fit import Fit, ThresholdFitter
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable
from edge.rules import FixedRule, Rule, ThresholdRule

FOLDS = 5


@dataclass(frozen=True)
class Estimate:
    """What a criterion comes to at a budget on utterances that it was not fitted on."""

    increase: float
    """Points of WER over full depth."""
    cost: float
    """Mean, as a share of full depth's: see `calibration.table.Spend`."""


@dataclass(frozen=True)
class Choice:
    """The policy of a criterion for a budget; `note` says why it is full depth, if it is."""

    criterion: str
    rule: Rule
    note: str = ""
    estimate: Estimate | None = None


class Criterion(Protocol):
    """One way to tell where to leave, fitted to a table. Budgets are points over full depth."""

    @property
    def name(self) -> str:
        """The score that it goes by."""
        ...

    def choose(self, budget: float) -> Choice:
        """Return its cheapest policy that keeps a budget, or full depth."""
        ...

    def estimate(self, budget: float) -> Estimate:
        """Return what its choices for a budget come to where they were not fitted."""
        ...


class ThresholdCriterion:
    """One threshold on one score, for a range of exits."""

    def __init__(self, table: ExitTable, score: str, confidence: float) -> None:
        self.name = score
        self._table = table
        self._confidence = confidence
        self._fitter = self._fitted_to(table)

    def choose(self, budget: float) -> Choice:
        """Return the cheapest range and threshold on the whole table."""
        fit = self._fitter.fit(budget)
        return Choice(self.name, self._rule(fit), fit.note)

    def estimate(self, budget: float) -> Estimate:
        """Fit on all folds but one, replay that one, in turn.

        With fewer utterances than folds nothing is known, and anything may be lost.
        """
        table = self._table
        if np.count_nonzero(table.words) < FOLDS:
            return Estimate(math.inf, float(full_depth(table).cost.mean()))
        errors, cost = np.empty(len(table)), np.empty(len(table))
        for out, fitter in self._fitted_on_others:
            found = replay(table.where(out), self._rule(fitter.fit(budget)))
            errors[out], cost[out] = found.errors, found.cost
        more = errors - full_depth(table).errors
        return Estimate(float(100 * more.sum() / table.words.sum()), float(cost.mean()))

    @cached_property
    def _fitted_on_others(self) -> list[tuple[np.ndarray, ThresholdFitter]]:
        fold = folds(self._table, FOLDS)
        return [
            (out, self._fitted_to(self._table.where(~out)))
            for out in (fold == number for number in range(FOLDS))
        ]

    def _fitted_to(self, table: ExitTable) -> ThresholdFitter:
        paid = table.reading((self.name,))
        return ThresholdFitter(paid, self.name, self._confidence, full_depth(table))

    def _rule(self, fit: Fit) -> Rule:
        if fit.threshold is None:
            return FixedRule(exit=fit.exits[-1])
        return ThresholdRule(score=self.name, threshold=fit.threshold, exits=fit.exits)


class LearntCriterion:
    """The learnt score, at the price of a second and with the exits that suit the budget."""

    name = "learnt"

    def __init__(self, paths: Sequence[LearntPath], confidence: float) -> None:
        """Choose from `paths`, of which there is one at least, all fitted on one table."""
        self._rules = [rule for path in paths for rule in path.rules]
        self._bound = np.concatenate([path.bound(confidence) for path in paths])
        self._cost = np.concatenate([path.cost.mean(axis=1) for path in paths])
        self._errors = np.concatenate([path.errors.sum(axis=1) for path in paths])
        self._table = paths[0].table
        self._full = full_depth(self._table)

    def choose(self, budget: float) -> Choice:
        """Return the rule that was cheapest where it was not fitted."""
        index = self._cheapest(budget)
        if index is None:
            last = int(self._table.exits[-1])
            return Choice(self.name, FixedRule(exit=last), "nothing else keeps it for less")
        return Choice(self.name, self._rules[index])

    def estimate(self, budget: float) -> Estimate:
        """Return what the folds came to with the rules of the same price."""
        index = self._cheapest(budget)
        if index is None:
            return Estimate(0.0, float(self._full.cost.mean()))
        more = self._errors[index] - self._full.errors.sum()
        return Estimate(float(100 * more / self._table.words.sum()), float(self._cost[index]))

    def _cheapest(self, budget: float) -> int | None:
        allowed = np.flatnonzero((self._bound <= budget) & (self._cost < self._full.cost.mean()))
        return int(allowed[np.argmin(self._cost[allowed])]) if len(allowed) else None


def choose(criteria: Sequence[Criterion], table: ExitTable, budget: float) -> Choice:
    """Return the choice of the criterion that is cheapest where it was not fitted.

    One whose estimate does not keep the budget is passed over, and all that cost no less than full
    depth.
    """
    note = criteria[0].choose(budget).note or "nothing keeps it on speech that it was not fitted on"
    best = Choice("full", FixedRule(exit=int(table.exits[-1])), note)
    least = float(full_depth(table).cost.mean())
    for criterion in criteria:
        estimate = criterion.estimate(budget)
        if estimate.increase <= budget and estimate.cost < least:
            best = replace(criterion.choose(budget), estimate=estimate)
            least = estimate.cost
    return best
