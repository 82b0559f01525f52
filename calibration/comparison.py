"""Operating points beside what they have to beat: fixed exits, their random mix, the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from calibration.bootstrap import Bootstrap, Summary
from calibration.lines import Axis, Oracle, RandomMix, fixed_exits
from calibration.outcome import Outcome, full_depth
from calibration.points import BUDGETS, LEAST_BUDGET, Point, replay
from calibration.table import ExitTable

AXIS: Axis = "cost"
"""What the lines spend least: measured seconds."""


@dataclass(frozen=True, eq=False)
class Row:
    """One way of choosing exits, and what it comes to. `budget` is in WER points."""

    name: str
    budget: float | None
    outcome: Outcome
    summary: Summary

    def fields(self) -> dict[str, JsonValue]:
        """Return the figures for JSON: WER in percent, mean exit in blocks, cost in seconds."""
        figures = {
            "wer": self.summary.wer,
            "increase": self.summary.increase,
            "mean_exit": self.summary.depth,
            "mean_cost": self.summary.cost,
            "saved": self.summary.saved,
        }
        fields: dict[str, JsonValue] = {"name": self.name, "budget": self.budget}
        for name, figure in figures.items():
            fields |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        return fields


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that is to be compared on one table."""

    table: ExitTable
    points: list[Row]
    fixed: list[Row]
    random_mix: list[Row]
    """The cheapest mix for each budget."""
    oracle: list[Row]
    """The fewest errors there are, and the cheapest choice for each budget."""
    mix_of_point: list[Outcome | None]
    """For each point the random mix with its WER; None where no fixed exit is as good."""


def compare(table: ExitTable, points: Sequence[Point], bootstrap: Bootstrap) -> Comparison:
    """Replay `points` on `table`, which need not be the one they were fitted on."""
    full = full_depth(table).wer(table)
    mix, oracle = RandomMix.of(table, AXIS), Oracle(table, AXIS)
    named = {f"+{budget:g}": budget for budget in (*BUDGETS, LEAST_BUDGET)}

    def at_budgets(line: RandomMix | Oracle) -> Iterable[tuple[str, float | None, Outcome]]:
        for name, budget in named.items():
            outcome = line.at_wer(full + budget)
            # Full depth is a fixed exit, so both lines reach its WER.
            assert outcome is not None
            yield name, budget, outcome

    groups: dict[str, list[tuple[str, float | None, Outcome]]] = {
        "points": [(point.name, point.budget, replay(table, point.rule)) for point in points],
        "fixed": [
            (f"exit {exit}", None, outcome)
            for exit, outcome in zip(table.exits, fixed_exits(table), strict=True)
        ],
        "random_mix": list(at_budgets(mix)),
        "oracle": [("fewest errors", None, oracle.best), *at_budgets(oracle)],
    }
    summaries = iter(
        bootstrap.summarise(
            table, [outcome for group in groups.values() for _, _, outcome in group]
        )
    )
    rows = {
        key: [Row(name, budget, outcome, next(summaries)) for name, budget, outcome in group]
        for key, group in groups.items()
    }
    mixes = [mix.at_wer(row.summary.wer.value) for row in rows["points"]]
    return Comparison(table=table, mix_of_point=mixes, **rows)
