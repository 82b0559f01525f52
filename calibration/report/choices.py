"""What each budget chose, and why: the estimate that decided, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from calibration.bootstrap import Estimate
from calibration.budgets import BUDGETS
from calibration.calibrate import Calibrated
from calibration.comparison import Row
from calibration.criteria import FOLDS
from calibration.lines import Axis
from calibration.outcome import full_depth
from calibration.points import GUARANTEED, Point
from calibration.report import wording
from calibration.report.lines import single_rows
from calibration.report.section import Item, Section, Table, between
from calibration.table import ExitTable
from edge.rules import FixedRule

_MS = 1e3


def section(calibrated: Calibrated, cal: ExitTable, shown: str) -> Section:
    """Return an item for each budget, fitted on `cal`; `shown` names the speech of the figures."""
    full_cost = float(full_depth(cal).cost.mean())
    points = [(point, row) for point, row in calibrated.rows if not _is_guaranteed(point)]
    promised = {point.budget: pair for pair in calibrated.rows if _is_guaranteed(point := pair[0])}
    items = []
    for point, row in points[1:]:
        items.append(_chosen(calibrated, point, row, full_cost, shown))
        if point.budget in promised:
            items.append(_promised(calibrated, *promised[point.budget], shown))
    return Section(
        key="choices",
        title="What each budget chose, and why",
        text=[
            "A budget is how many points of WER may be lost against full depth. For each, every "
            "criterion says where it would leave; what that comes to is estimated by "
            "cross-fitting, on utterances of the calibration that it was not fitted on. Of those "
            "whose estimate keeps the budget, the cheapest is taken, and full depth where none is "
            "cheaper.",
            "A guaranteed point is fitted on one half of the speech and tested on the other, so "
            "it needs more of it; where that is too little, it says so and is full depth.",
        ],
        items=items,
    )


def _is_guaranteed(point: Point) -> bool:
    return point.name.startswith(GUARANTEED)


def _chosen(calibrated: Calibrated, point: Point, row: Row, full_cost: float, shown: str) -> Item:
    facts = [("policy", wording.policy(point.rule, calibrated.comparison.table))]
    if point.estimate:
        facts.append(("why", _why(point, len(calibrated.criteria), full_cost)))
    elif point.note:
        facts.append(("why", f"{point.note[:1].upper()}{point.note[1:]}."))
    facts += _outcome(calibrated, point, row, shown)
    facts.append(("guarantee", "None: its budget is what is expected, and no promise."))
    tables = [_estimates(calibrated, point, row)] if point.budget in BUDGETS else []
    return Item(_title(calibrated, point), facts, tables)


def _promised(calibrated: Calibrated, point: Point, row: Row, shown: str) -> Item:
    facts = [("policy", wording.policy(point.rule, calibrated.comparison.table))]
    if point.guarantee:
        facts.append(("guarantee", wording.guarantee(point.guarantee)))
    else:
        facts.append(("guarantee", f"None: {point.note}."))
    if not isinstance(point.rule, FixedRule):
        facts += _outcome(calibrated, point, row, shown)
    return Item(_title(calibrated, point), facts)


def _title(calibrated: Calibrated, point: Point) -> str:
    kept = {each.name for each, _ in calibrated.kept}
    return point.name if point.name in kept else f"{point.name} (left out: another is the same)"


def _why(point: Point, criteria: int, full_cost: float) -> str:
    assert point.estimate is not None
    return (
        f"Of {criteria} criteria, {point.criterion} was the cheapest that keeps the budget by its "
        f"estimate: {point.estimate.increase:+.2f} points and {point.estimate.cost:.1%} of what "
        f"full depth takes, which is {_MS * full_cost:.2f} ms."
    )


def _outcome(calibrated: Calibrated, point: Point, row: Row, shown: str) -> list[tuple[str, str]]:
    found = row.summary
    came_to = (
        f"{between(found.increase, '+.2f')} points, mean exit {found.depth.value:.2f}, "
        f"{_MS * found.cost.value:.2f} ms: {saved_share(row):.1%} less than full depth. "
        f"{_kept(found.increase, point.budget)}"
    )
    return [(f"on {shown}", came_to), ("against the random mix", _against_mix(calibrated, row))]


def _kept(increase: Estimate, budget: float | None) -> str:
    if budget is None or increase.value <= budget:
        return "The budget was kept."
    if increase.low <= budget:
        return "That is above the budget, but by less than the interval."
    return "The budget was exceeded."


def _against_mix(calibrated: Calibrated, row: Row) -> str:
    parts = []
    for name, mix, own in mixes(calibrated, row):
        if mix is None:
            parts.append(f"{name}: no fixed exit is as good")
        else:
            parts.append(f"{name}: {_verdict(own, mix)}, {own.value:.2f} where it takes {mix:.2f}")
    return "At the same WER, " + "; ".join(parts) + "."


def _verdict(own: Estimate, mix: float) -> str:
    """Say whether the mix spends more, as far as the interval tells."""
    if own.high < mix:
        return "beaten"
    return "not beaten" if own.low > mix else "as good, within the interval"


def mixes(calibrated: Calibrated, row: Row) -> list[tuple[str, float | None, Estimate]]:
    """Return, in ms and in blocks, what the random mix of a point's WER spends, and what it does.

    None where no fixed exit is as good.
    """
    axes: tuple[Axis, ...] = ("cost", "depth")
    index = calibrated.comparison.points.index(row)
    cost, depth = (calibrated.comparison.over[axis].mix_of_point[index] for axis in axes)
    in_ms = None if cost is None else _MS * cost
    found = row.summary
    own = Estimate(*(_MS * figure for figure in astuple(found.cost)))
    return [("ms", in_ms, own), ("mean exit", depth, found.depth)]


def saved_share(row: Row) -> float:
    """Return the share of full depth's cost that a way of choosing exits saves."""
    found = row.summary
    whole = found.cost.value + found.saved.value
    return found.saved.value / whole if whole else 0.0


def _estimates(calibrated: Calibrated, chosen: Point, row: Row) -> Table:
    """Return the criteria by what they were estimated to cost, beside what they came to."""
    assert chosen.budget is not None
    alone = {
        point.criterion: found.summary
        for point, found in single_rows(calibrated)
        if point.budget == chosen.budget
    }
    rows: list[tuple[float, Sequence[str]]] = []
    for criterion in calibrated.criteria:
        estimate, found = criterion.estimate(chosen.budget), alone[criterion.name]
        marks = [
            "chosen" if criterion.name == chosen.criterion else "",
            "" if estimate.increase <= chosen.budget else "over budget",
        ]
        cells = [
            criterion.name,
            f"{estimate.increase:+.2f}",
            f"{estimate.cost:.1%}",
            ", ".join(filter(None, marks)),
            f"{found.increase.value:+.2f}",
            f"{_MS * found.cost.value:.2f}",
        ]
        rows.append((estimate.cost, cells))
    header = ["criterion", "estimate: over full", "cost", "", "came to: over full", "ms"]
    return Table(
        header,
        [cells for _, cells in sorted(rows, key=lambda each: each[0])],
        f"Each criterion alone, the cheapest by its estimate first ({FOLDS} folds for thresholds).",
    )
