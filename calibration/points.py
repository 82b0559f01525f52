"""From budgets to operating points: the short list that a bundle carries, from full to least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calibration.bootstrap import Summary
from calibration.fit import CONFIDENCE, Fit, ThresholdFitter, at_threshold
from calibration.outcome import Outcome, fixed_exit
from calibration.table import ExitTable
from edge.calibration import FixedRule, OperatingPoint, ThresholdRule

SCORE = "entropy_nats"
BUDGETS = (0.0, 0.1, 0.25, 0.5, 1.0)
"""WER points over full depth."""
LEAST_BUDGET = 5.0
"""WER points for the least point, which is for a board that is hot or nearly empty."""


@dataclass(frozen=True)
class Point:
    """A named policy, and the budget that it was fitted to; `note` says why it is full depth."""

    name: str
    budget: float | None
    rule: ThresholdRule | FixedRule
    note: str = ""


def fit_points(
    table: ExitTable, score: str = SCORE, confidence: float = CONFIDENCE
) -> tuple[Point, ...]:
    """Return full depth, a point for each of `BUDGETS`, and the least, fitted on `table`.

    Raises:
        TableError: there is no such score, or a single utterance.
    """
    fitter = ThresholdFitter(table, score, confidence)
    full = FixedRule(exit=int(table.exits[-1]))
    budgets = {f"wer+{budget:g}": budget for budget in BUDGETS} | {"least": LEAST_BUDGET}
    points = [Point("full", None, full)]
    for name, budget in budgets.items():
        fit = fitter.fit(budget)
        points.append(Point(name, budget, _rule(fit, score), fit.note))
    return tuple(points)


def _rule(fit: Fit, score: str) -> ThresholdRule | FixedRule:
    if fit.threshold is None:
        return FixedRule(exit=fit.exits[-1])
    return ThresholdRule(score=score, threshold=fit.threshold, exits=fit.exits)


def without_repetitions(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out every point whose policy another has that promises more.

    The last one, the least, stays even so: whoever asks for it need not know how the fit went.
    """
    rules = [point.rule for point in points]
    return tuple(
        point
        for index, point in enumerate(points)
        if point.rule not in rules[:index] or index == len(points) - 1
    )


def replay(table: ExitTable, rule: ThresholdRule | FixedRule) -> Outcome:
    """Return what a policy would have done with the utterances of `table`.

    Raises:
        TableError: the table has no such exit or score.
    """
    match rule:
        case FixedRule(exit=exit):
            return fixed_exit(table, table.column(exit))
        case ThresholdRule(score=score, threshold=threshold, exits=exits):
            return at_threshold(table, score, threshold, exits)


def operating_point(point: Point, outcome: Outcome, summary: Summary) -> OperatingPoint:
    """Return a point as it stands in a calibration file, with what was found of it."""
    exits = outcome.depth.astype(int).tolist()
    return OperatingPoint(
        name=point.name,
        rule=point.rule,
        budget=point.budget,
        wer=summary.wer.value,
        wer_low=summary.wer.low,
        wer_high=summary.wer.high,
        mean_exit=summary.depth.value,
        cost_s=summary.cost.value,
        shares={exit: exits.count(exit) / len(exits) for exit in sorted(set(exits))},
    )
