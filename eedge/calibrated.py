"""What a calibration found, as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eedge.columns import columns

if TYPE_CHECKING:
    from calibration.bootstrap import Estimate
    from calibration.calibrate import Calibrated
    from calibration.comparison import Row
    from calibration.points import Point

Cost = Callable[[float], str]


def in_ms(seconds: float) -> str:
    """Show a cost that is a time."""
    return f"{1e3 * seconds:.2f}"


def as_given(cost: float) -> str:
    """Show a cost whose unit is that of a table from elsewhere."""
    return f"{cost:.4g}"


def show(result: Calibrated, cost: Cost, unit: str) -> str:
    """Return operating points, what they have to beat, and each criterion alone, in columns."""
    over = result.comparison.over["cost"]
    names = [point.name for point in result.fitted]
    mixes = dict(zip(names, over.mix_of_point, strict=False))
    header = ["", "policy", "WER %", "", "over full", "", "mean exit", ""]
    header += [unit, "saved", f"random mix of same WER, {unit}"]

    def mix(name: str) -> str:
        spent = mixes[name]
        return "none" if spent is None else cost(spent)

    groups: dict[str, list[list[str]]] = {
        "operating points": [
            _cells(row, policy(point), cost, mix(point.name)) for point, row in result.kept
        ],
        "fixed exits": [_cells(row, "", cost) for row in result.comparison.fixed],
        "random mix of fixed exits": [_cells(row, "", cost) for row in over.random_mix],
        "oracle": [_cells(row, "", cost) for row in over.oracle],
    }
    rows = [header]
    for title, group in groups.items():
        rows += [[title, *[""] * (len(header) - 1)], *group]
    single = [_show_single(result, cost, unit), ""] if result.single else []
    return "\n".join([columns(rows), "", *single, *_notes(result)])


def policy(point: Point) -> str:
    """Return a policy in few words: the exits that it looks at, its score and its threshold."""
    from edge.rules import FixedRule, LearntRule, ThresholdRule

    match point.rule:
        case FixedRule(exit=exit):
            return f"exit {exit}"
        case ThresholdRule(score=score, threshold=threshold, exits=exits):
            among = f" at {exits[0]}–{exits[-1]}" if exits else ""
            return f"{score} {threshold:.4g}{among}"
        case LearntRule(signs=signs):
            return f"learnt from {' and '.join(sign.name for sign in signs[:2])}" + (
                f" and {len(signs) - 2} more" if len(signs) > 2 else ""
            )
    return point.rule.kind


def _show_single(result: Calibrated, cost: Cost, unit: str) -> str:
    """Return each criterion's mean exit and cost, beside what it does to the WER."""
    shown = (0.1, 0.5)
    header = ["each criterion alone"]
    for budget in shown:
        header += [f"+{budget:g}: over full", "mean exit", unit]
    by_criterion: dict[str, list[str]] = {}
    single = zip(result.single, result.comparison.points[len(result.fitted) :], strict=True)
    for point, row in single:
        if point.budget in shown:
            found = row.summary
            cells = [
                f"{found.increase.value:+.2f}",
                f"{found.depth.value:.2f}",
                cost(found.cost.value),
            ]
            by_criterion.setdefault(point.name.rsplit("+", 1)[0], []).extend(cells)
    return columns([header, *([f"  {name}", *cells] for name, cells in by_criterion.items())])


def _notes(result: Calibrated) -> list[str]:
    return [f"note: {note}" for note in result.notes]


def _cells(row: Row, policy: str, cost: Cost, mix: str = "") -> list[str]:
    found = row.summary
    return [
        f"  {row.name}",
        policy,
        f"{found.wer.value:.2f}",
        _interval(found.wer, ".2f"),
        f"{found.increase.value:+.2f}",
        _interval(found.increase, "+.2f"),
        f"{found.depth.value:.2f}",
        _interval(found.depth, ".2f"),
        cost(found.cost.value),
        f"{found.saved.value / (found.cost.value + found.saved.value):.1%}",
        mix,
    ]


def _interval(figure: Estimate, form: str) -> str:
    return f"[{figure.low:{form}}, {figure.high:{form}}]"
