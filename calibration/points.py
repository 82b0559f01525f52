"""From budgets to operating points: the short list that a bundle carries, from full to least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from calibration.bootstrap import Summary
from calibration.budgets import BUDGETS, LEAST_BUDGET
from calibration.criteria import Choice, Criterion, Estimate, choose
from calibration.guaranteed import promised
from calibration.outcome import Outcome
from calibration.table import ExitTable
from edge.calibration import Guarantee, OperatingPoint
from edge.rules import FixedRule, Rule, ThresholdRule

ADAPTABLE = "entropy_nats"
"""The score by which a device may adapt: it grows surer with depth, as a reward must."""
GUARANTEED = "guaranteed+"
"""What the names of points with a guarantee begin with; their budget follows."""


@dataclass(frozen=True)
class Point:
    """A named policy, and the budget that it was fitted to; `note` says why it is full depth."""

    name: str
    budget: float | None
    rule: Rule
    criterion: str = "full"
    note: str = ""
    guarantee: Guarantee | None = None
    estimate: Estimate | None = None
    """What it comes to where it was not fitted, by cross-fitting."""
    threshold: ThresholdRule | None = None
    """On entropy, for the same budget: what adapting goes by."""


def fit_points(table: ExitTable, criteria: Sequence[Criterion]) -> tuple[Point, ...]:
    """Return full depth, a point for each of `BUDGETS`, and the least, fitted on `table`."""
    budgets = {f"wer+{budget:g}": budget for budget in BUDGETS} | {"least": LEAST_BUDGET}
    chosen = {name: choose(criteria, table, budget) for name, budget in budgets.items()}
    return (
        Point("full", None, FixedRule(exit=int(table.exits[-1]))),
        *(
            replace(
                _point(name, budgets[name], choice), threshold=_threshold(criteria, budgets[name])
            )
            for name, choice in chosen.items()
        ),
    )


def _threshold(criteria: Sequence[Criterion], budget: float) -> ThresholdRule | None:
    rules = [each.choose(budget).rule for each in criteria if each.name == ADAPTABLE]
    return next((rule for rule in rules if isinstance(rule, ThresholdRule)), None)


def guaranteed_points(
    table: ExitTable, sets: Sequence[Sequence[str]], delta: float
) -> tuple[Point, ...]:
    """Return a point for each of `BUDGETS` but 0 that keeps it with probability 1 − `delta`.

    `sets` are those of signs that a learnt rule may read. Where nothing could be promised, the
    point is full depth, and its note says why.
    """
    points: list[Point] = []
    for promise in promised(table, sets, [budget for budget in BUDGETS if budget], delta):
        name = f"{GUARANTEED}{promise.epsilon:g}"
        choice = Choice("learnt" if promise.guarantee else "full", promise.rule, promise.note)
        points.append(_point(name, promise.epsilon, choice, promise.guarantee))
    return tuple(points)


def alone(criteria: Sequence[Criterion]) -> Iterator[Point]:
    """Yield what each criterion would do by itself, for each of `BUDGETS`."""
    for criterion in criteria:
        for budget in BUDGETS:
            yield _point(f"{criterion.name}+{budget:g}", budget, criterion.choose(budget))


def _point(name: str, budget: float, choice: Choice, guarantee: Guarantee | None = None) -> Point:
    return Point(
        name, budget, choice.rule, choice.criterion, choice.note, guarantee, choice.estimate
    )


def without_repetitions(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out every point whose policy another has that promises more.

    The point called least stays even so: whoever asks for it need not know how the fit went.
    """
    rules = [point.rule for point in points]
    return tuple(
        point
        for index, point in enumerate(points)
        if point.rule not in rules[:index] or point.name == "least"
    )


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
        guarantee=point.guarantee,
        threshold=None if isinstance(point.rule, ThresholdRule) else point.threshold,
    )
