"""Fit operating points on one exit table, and say what they come to, there or on another."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pydantic import JsonValue

from calibration.bootstrap import LEVEL, REPLICATES, SEED, Bootstrap
from calibration.comparison import Comparison, Row, compare
from calibration.conditions import Machine
from calibration.criteria import Criterion
from calibration.drift import references
from calibration.fit import CONFIDENCE
from calibration.guarantee import DELTA
from calibration.kinds import compared, criteria, sign_sets
from calibration.measure import REPEATS
from calibration.points import (
    GUARANTEED,
    Point,
    alone,
    fit_points,
    guaranteed_points,
    operating_point,
    without_repetitions,
)
from calibration.speech import Speech
from calibration.table import ExitTable, Spend
from edge.bundle import Bundle
from edge.calibration import Calibration
from edge.reference import Reference


@dataclass(frozen=True)
class Conditions:
    """What a calibration was made from, and on what.

    `estimated` names the board for which times are an estimate; empty where they were measured.
    `timed_by` says what has timed each file alone, on that board, where it is not from its file.
    """

    machine: Machine
    recipe: str
    delta: float
    spend: Spend
    cal: Speech
    test: Speech | None
    estimated: str = ""
    criterion: dict[str, JsonValue] | None = None
    """What was fitted, where one criterion was asked for by name."""
    timed_by: str = ""

    def fields(self) -> dict[str, JsonValue]:
        """Return everything for the calibration file."""
        return {
            **self.machine.fields(),
            "recipe": self.recipe,
            "confidence": CONFIDENCE,
            "delta": self.delta,
            "spend": self.spend,
            "repeats": 0 if self.estimated else REPEATS,
            **({"estimated": self.estimated} if self.estimated else {}),
            **({"timed_by": self.timed_by} if self.timed_by else {}),
            **({"criterion": self.criterion} if self.criterion else {}),
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
        times = f"median of {REPEATS} runs"
        if self.estimated:
            times = f"times not measured: estimated for {self.estimated} from its board file"
        if self.timed_by:
            times = f"times estimated: each file timed alone by {self.timed_by}, and added up"
        return (
            f"{self.machine.summary} · {self.recipe} · {times}\n"
            f"{fitted}, {figures} · "
            f"{100 * LEVEL:.0f} % intervals from {REPLICATES:,} bootstrap resamples"
        )


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What was fitted, and how it compares: `comparison.points` are all of these, replayed.

    `fitted` are the points from full to least, those with a guarantee among them; `single` what
    each of `criteria` would do alone, for each of `BUDGETS`. `references` say what the speech that
    it was fitted on looked like.
    """

    fitted: tuple[Point, ...]
    single: tuple[Point, ...]
    comparison: Comparison
    references: tuple[Reference, ...]
    criteria: tuple[Criterion, ...]
    """What the policies were chosen from; their estimates are worked out when asked for."""

    @property
    def rows(self) -> list[tuple[Point, Row]]:
        """The fitted points, with what they come to."""
        return list(zip(self.fitted, self.comparison.points, strict=False))

    @property
    def kept(self) -> list[tuple[Point, Row]]:
        """The points that a bundle carries, with what they come to."""
        keep = without_repetitions(self.fitted)
        return [(point, row) for point, row in self.rows if point in keep]

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
        points = [*self.fitted, *self.single]
        mixes = zip(lines.over["depth"].mix_of_point, lines.over["cost"].mix_of_point, strict=True)
        every: list[dict[str, JsonValue]] = [
            {
                **row.fields(),
                "criterion": point.criterion,
                "policy": point.rule.model_dump(mode="json"),
                "cross_fitted": asdict(point.estimate) if point.estimate else None,
                "guarantee": point.guarantee.model_dump() if point.guarantee else None,
                "note": point.note,
                "random_mix_of_same_wer": {"mean_exit": depth, "mean_cost": cost},
            }
            for point, row, (depth, cost) in zip(points, lines.points, mixes, strict=True)
        ]
        fitted = dict(zip((point.name for point in self.fitted), every, strict=False))
        kept = {point.name for point, _ in self.kept}
        guaranteed = {
            point.budget: fitted[point.name] for point in self.fitted if _is_guaranteed(point)
        }
        return {
            "full": fitted["full"],
            "budgets": [
                {**fitted[point.name], "guaranteed": guaranteed.get(point.budget)}
                for point in self.fitted[1:]
                if not _is_guaranteed(point)
            ],
            "points": [figures for name, figures in fitted.items() if name in kept],
            "policies": [*every[len(self.fitted) :]],
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
            measured=not conditions.estimated,
            conditions=conditions.fields(),
            points=tuple(
                operating_point(point, row.outcome, row.summary) for point, row in self.kept
            ),
            references=self.references,
        )


def calibrate(
    cal: ExitTable,
    test: ExitTable | None = None,
    delta: float = DELTA,
    spend: Spend = "each",
) -> Calibrated:
    """Fit on `cal`; take the figures from `test`, or without one from `cal` itself.

    A guaranteed point keeps its budget with probability 1 − `delta`. `spend` says what is to be
    least.

    Raises:
        TableError: `cal` has a single utterance, or no score, or `test` other exits; or one of
            them costs nothing.
    """
    table = cal if test is None else test
    table.in_shares(spend)
    weighed = cal.in_shares(spend)
    chosen_from = criteria(weighed)
    points = fit_points(weighed, chosen_from)
    promised = {point.budget: point for point in guaranteed_points(weighed, sign_sets(cal), delta)}
    fitted = tuple(
        each for point in points for each in (promised.get(point.budget), point) if each is not None
    )
    single = tuple(alone(compared(weighed, chosen_from)))
    comparison = compare(table, [*fitted, *single], Bootstrap(table.corpus))
    watched = references(cal, [point.rule for point in fitted])
    return Calibrated(fitted, single, comparison, watched, tuple(chosen_from))


def _is_guaranteed(point: Point) -> bool:
    return point.name.startswith(GUARANTEED)
