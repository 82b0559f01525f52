"""Operating points beside what they have to beat: fixed exits, their random mix, the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from calibration.bootstrap import Bootstrap, Summary
from calibration.budgets import BUDGETS, LEAST_BUDGET
from calibration.lines import Axis, Oracle, RandomMix, fixed_exits
from calibration.outcome import Outcome, full_depth
from calibration.points import Point
from calibration.replay import replay
from calibration.table import ExitTable

AXES: tuple[Axis, ...] = ("depth", "cost")

_Named = tuple[str, float | None, Outcome]
"""Name, budget, outcome."""


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
class Lines:
    """What to beat over one axis: where each line spends least."""

    random_mix: list[Row]
    """For each budget."""
    oracle: list[Row]
    """The fewest errors there are, then for each budget."""
    mix_of_point: list[float | None]
    """For each point, what the mix of its WER spends; None where no fixed exit is as good."""

    def fields(self) -> dict[str, JsonValue]:
        """Return the lines for JSON."""
        best, *budgets = (row.fields() for row in self.oracle)
        return {
            "random_mix": [row.fields() for row in self.random_mix],
            "oracle": {**best, "budgets": [*budgets]},
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that is to be compared on one table."""

    table: ExitTable
    points: list[Row]
    fixed: list[Row]
    over: dict[Axis, Lines]
    """Over mean exit, and over measured cost."""


def compare(table: ExitTable, points: Sequence[Point], bootstrap: Bootstrap) -> Comparison:
    """Replay `points` on `table`, which need not be the one they were fitted on."""
    exits = zip(table.exits, fixed_exits(table), strict=True)
    mixes = {axis: RandomMix.of(table, axis) for axis in AXES}
    groups: dict[str, list[_Named]] = {
        "points": [(point.name, point.budget, replay(table, point.rule)) for point in points],
        "fixed": [(f"exit {exit}", None, outcome) for exit, outcome in exits],
        **{f"mix over {axis}": _at_budgets(table, mixes[axis]) for axis in AXES},
        **{f"oracle over {axis}": _of_oracle(table, axis) for axis in AXES},
    }
    # All at once, since the resampling takes longest.
    outcomes = [outcome for group in groups.values() for _, _, outcome in group]
    summaries = iter(bootstrap.summarise(table, outcomes))
    rows = {key: [Row(*named, next(summaries)) for named in group] for key, group in groups.items()}
    wers = [row.summary.wer.value for row in rows["points"]]
    over = {
        axis: Lines(
            random_mix=rows[f"mix over {axis}"],
            oracle=rows[f"oracle over {axis}"],
            mix_of_point=[mixes[axis].curve.cost_at(wer) for wer in wers],
        )
        for axis in AXES
    }
    return Comparison(table, rows["points"], rows["fixed"], over)


def _of_oracle(table: ExitTable, axis: Axis) -> list[_Named]:
    oracle = Oracle(table, axis)
    return [("fewest errors", None, oracle.best), *_at_budgets(table, oracle)]


def _at_budgets(table: ExitTable, line: RandomMix | Oracle) -> list[_Named]:
    full = full_depth(table).wer(table)
    named: list[_Named] = []
    for budget in (*BUDGETS, LEAST_BUDGET):
        outcome = line.at_wer(full + budget)
        # Full depth is itself a fixed exit, so both lines reach its WER.
        assert outcome is not None
        named.append((f"+{budget:g}", budget, outcome))
    return named
