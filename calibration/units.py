"""DAISY's operating point (arXiv 2406.05464): leave by what is known of units, without texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from pydantic import JsonValue

from calibration.bootstrap import Bootstrap
from calibration.calibrate import Calibrated
from calibration.comparison import compare
from calibration.drift import references
from calibration.errors import TableError
from calibration.outcome import first_within
from calibration.points import Point
from calibration.table import ExitTable
from edge.policy.allowed import average, frequent, min_max
from edge.rules import FixedRule, ThresholdRule
from edge.scores import UNIT_ENTROPY

POINT = "units"
"""The name of the operating point."""
RHO = 0.76
"""Of DAISY's 0.7, 0.76 and 1.0 the one in the middle."""

Strategy = Literal["average", "min-max", "probability"]


@dataclass(frozen=True)
class UnitFit:
    """Where utterances may leave, and how sure of their units they have to be there.

    `mean_entropy` is over all `exits` and utterances, in nats, and θ is `rho` times it. `taken`
    are the exits at which each utterance would leave if it might leave at any; `allowed` are drawn
    from these by `strategy`.
    """

    rho: float
    strategy: Strategy
    mean_entropy: float
    exits: tuple[int, ...]
    taken: tuple[int, ...]
    allowed: tuple[int, ...]

    @property
    def threshold(self) -> float:
        """θ, in nats."""
        return self.rho * self.mean_entropy

    @property
    def points(self) -> tuple[Point, ...]:
        """Full depth, and the point that leaves by units."""
        rule = ThresholdRule(score=UNIT_ENTROPY, threshold=self.threshold, exits=self.allowed)
        return (
            Point("full", None, FixedRule(exit=self.exits[-1])),
            Point(POINT, None, rule, criterion=UNIT_ENTROPY),
        )

    def fields(self) -> dict[str, JsonValue]:
        """Return what a calibration file says of how it was fitted."""
        return {
            "name": POINT,
            "rho": self.rho,
            "strategy": self.strategy,
            "mean_entropy_nats": self.mean_entropy,
            "threshold_nats": self.threshold,
            "mean_exit_taken": float(np.mean(self.taken)),
            "allowed_exits": [*self.allowed],
        }


def fit_units(table: ExitTable, rho: float, strategy: Strategy) -> UnitFit:
    """Fit θ and the allowed exits to utterances; their texts are not looked at.

    Raises:
        TableError: the encoder names no units.
    """
    if UNIT_ENTROPY not in table.scores:
        raise TableError(
            "the encoder has no branches for units, by which DAISY leaves",
            "train them: see checkpoints/hubert-mini/daisy-units.toml",
            "calibrate without --criterion",
        )
    entropies = table.score(UNIT_ENTROPY)
    mean = float(entropies.mean())
    taken = table.exits[first_within(entropies, rho * mean)].tolist()
    exits = tuple(table.exits.tolist())
    allowed = allowed_exits(taken, exits, strategy)
    return UnitFit(rho, strategy, mean, exits, tuple(taken), allowed)


def fit_as_stated(table: ExitTable, stated: JsonValue) -> UnitFit | None:
    """Fit as `UnitFit.fields` of a calibration file say; None if it went by something else."""
    if not isinstance(stated, dict) or stated.get("name") != POINT:
        return None
    rho, named = stated.get("rho"), stated.get("strategy")
    strategy = next((each for each in get_args(Strategy) if each == named), None)
    if not isinstance(rho, float) or strategy is None:
        raise TableError(f"it is not known how units were fitted: {stated}", "calibrate again")
    return fit_units(table, rho, strategy)


def allowed_exits(
    taken: Sequence[int], exits: Sequence[int], strategy: Strategy
) -> tuple[int, ...]:
    """Return the exits that a strategy allows, given those that were taken; never none."""
    by_strategy = {"average": average, "min-max": min_max, "probability": frequent}
    return by_strategy[strategy](taken, exits)


def calibrate_units(fit: UnitFit, cal: ExitTable, test: ExitTable | None = None) -> Calibrated:
    """Say what a fit comes to on `test`, or on the speech that it was fitted on."""
    table = cal if test is None else test
    comparison = compare(table, fit.points, Bootstrap(table.corpus))
    watched = references(cal, [point.rule for point in fit.points])
    return Calibrated(fit.points, (), comparison, watched, ())
