"""Fit operating points on one exit table, and say what they come to, there or on another."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from calibration.bootstrap import LEVEL, REPLICATES, SEED, Bootstrap
from calibration.comparison import Comparison, Row, compare
from calibration.conditions import Machine
from calibration.fit import CONFIDENCE
from calibration.measure import REPEATS
from calibration.points import SCORE, Point, fit_points, operating_point, without_repetitions
from calibration.speech import Speech
from calibration.table import ExitTable
from edge.bundle import Bundle
from edge.calibration import Calibration


@dataclass(frozen=True)
class Conditions:
    """What a calibration was made from, and on what."""

    machine: Machine
    recipe: str
    cal: Speech
    test: Speech | None

    def fields(self) -> dict[str, JsonValue]:
        """Return everything for the calibration file."""
        return {
            **self.machine.fields(),
            "recipe": self.recipe,
            "score": SCORE,
            "confidence": CONFIDENCE,
            "repeats": REPEATS,
            "bootstrap": {"replicates": REPLICATES, "seed": SEED, "level": LEVEL},
            "fitted_on": self.cal.conditions(),
            "figures_on": (self.test or self.cal).conditions(),
        }

    @property
    def caption(self) -> str:
        """What must stand below a picture or above a table, in two lines."""
        shown = self.test or self.cal
        words = sum(len(utterance.text.split()) for utterance in shown.utterances)
        fitted = f"fitted on {self.cal.path.name} ({len(self.cal.utterances):,} utterances)"
        figures = (
            f"figures on {shown.path.name} ({len(shown.utterances):,} utterances, {words:,} words)"
            if self.test
            else f"figures on the same ({words:,} words)"
        )
        return (
            f"{self.machine.summary} · {self.recipe} · median of {REPEATS} runs\n"
            f"{fitted}, {figures} · "
            f"{100 * LEVEL:.0f} % intervals from {REPLICATES:,} bootstrap resamples"
        )


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What was fitted, and how it compares; `comparison.points` are `fitted`, replayed."""

    fitted: tuple[Point, ...]
    comparison: Comparison

    @property
    def kept(self) -> list[tuple[Point, Row]]:
        """The points that a bundle carries, with what they come to."""
        keep = without_repetitions(self.fitted)
        rows = zip(self.fitted, self.comparison.points, strict=True)
        return [(point, row) for point, row in rows if point in keep]

    @property
    def notes(self) -> list[str]:
        """What a reader of the points would otherwise wonder about, a sentence each."""
        keep = without_repetitions(self.fitted)
        notes = []
        for index, point in enumerate(self.fitted):
            same = [other.name for other in self.fitted[:index] if other.rule == point.rule]
            reason = f" ({point.note})" if point.note else ""
            left_out = "" if point in keep else ", and left out"
            if same:
                notes.append(f"{point.name} is the same as {same[0]}{left_out}{reason}")
        return notes

    def fields(self) -> dict[str, JsonValue]:
        """Return all figures for JSON."""
        lines = self.comparison
        mixes = zip(lines.over["depth"].mix_of_point, lines.over["cost"].mix_of_point, strict=True)
        policies: dict[str, JsonValue] = {}
        for point, row, (depth, cost) in zip(self.fitted, lines.points, mixes, strict=True):
            policies[point.name] = {
                **row.fields(),
                "policy": point.rule.model_dump(mode="json"),
                "random_mix_of_same_wer": {"mean_exit": depth, "mean_cost": cost},
            }
        return {
            "full": policies[self.fitted[0].name],
            "budgets": [policies[point.name] for point in self.fitted[1:]],
            "points": [policies[point.name] for point, _ in self.kept],
            "fixed_exits": [row.fields() for row in lines.fixed],
            **lines.over["cost"].fields(),
            "over_mean_exit": lines.over["depth"].fields(),
            "notes": [*self.notes],
        }

    def file(self, bundle: Bundle, board: str, conditions: Conditions) -> Calibration:
        """Return what is written into `bundle` for `board`."""
        manifest = bundle.manifest
        return Calibration(
            bundle=bundle.identity,
            board=board,
            recipe=manifest.recipe,
            vocabulary=manifest.vocabulary,
            units=manifest.units,
            measured=True,
            conditions=conditions.fields(),
            points=tuple(
                operating_point(point, row.outcome, row.summary) for point, row in self.kept
            ),
        )


def calibrate(cal: ExitTable, test: ExitTable | None = None) -> Calibrated:
    """Fit on `cal`; take the figures from `test`, or without one from `cal` itself.

    Raises:
        TableError: `cal` has a single utterance, or `test` other exits.
    """
    fitted = fit_points(cal)
    table = cal if test is None else test
    return Calibrated(fitted, compare(table, fitted, Bootstrap(table.corpus)))
