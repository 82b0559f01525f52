"""Simulated speech for adapting and drift: the scores of its exits, and a calibration on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.drift import at_exit
from edge.adapting import Adapting, Scope
from edge.calibration import Calibration, FixedRule, OperatingPoint, ThresholdRule
from edge.reference import Reference
from tests.edge.reached import chain

EXITS = (2, 4, 6, 8, 10)
FIGURES = {"wer": 8.0, "wer_low": 7.0, "wer_high": 9.0, "mean_exit": 4.0, "cost_s": 0.02}

Scores = npt.NDArray[np.float64]


def speech(
    generator: np.random.Generator, utterances: int, hard: float = 1.0, floor: float = 0.1
) -> Scores:
    """Draw entropies f64[U, 5] that fall with depth to a floor, soon for most, late for some.

    `hard` is the entropy of a typical utterance at the first exit, `floor` the share of it that
    no depth takes away.
    """
    start = hard * generator.lognormal(0.0, 0.4, (utterances, 1))
    pace = generator.gamma(2.0, 0.3, (utterances, 1))
    noise = generator.lognormal(0.0, 0.1, (utterances, len(EXITS)))
    left = floor + (1 - floor) * np.exp(-pace * np.arange(len(EXITS)))
    return start * left * noise


def calibration(least: float = 0.8, points: tuple[float, ...] = ()) -> Calibration:
    """Return a calibration on 500 such utterances, with points full, p0, p1 … and least."""
    scores = speech(np.random.default_rng(99), 500)
    exits = {
        exit: at_exit(scores[:, column], 0.1 + 0.01 * exit) for column, exit in enumerate(EXITS)
    }
    rules = [ThresholdRule(score="entropy_nats", threshold=t) for t in (*points, least)]
    names = [*(f"p{number}" for number in range(len(points))), "least"]
    full = OperatingPoint(name="full", rule=FixedRule(exit=EXITS[-1]), **FIGURES)
    return Calibration(
        bundle=64 * "0",
        board="host",
        recipe="none",
        vocabulary=29,
        units="char",
        measured=True,
        conditions={},
        points=(
            full,
            *(
                OperatingPoint(name=name, rule=rule, **FIGURES)
                for name, rule in zip(names, rules, strict=True)
            ),
        ),
        references=(Reference(score="entropy_nats", exits=exits),),
    )


def rewards(scope: Scope, scores: Scores) -> Scores:
    """Return what every arm, always pulled, would have earned: f64[U, arms]."""
    earned = np.empty((len(scores), len(scope.thresholds) + 1))
    gone = [0] * len(scores)
    for column, exit in enumerate(EXITS):
        for row, value in enumerate(scores[:, column].tolist()):
            leave = scope.leaving(exit, value)
            if leave > gone[row]:
                earned[row, gone[row] : leave] = scope.reward(exit, value, float(scores[row, 0]))
                gone[row] = leave
    return earned


def run(adapting: Adapting, scores: Scores) -> tuple[list[float | None], list[int]]:
    """Run utterances; return the thresholds that they ran with, and where they left."""
    left = []
    for values in scores.tolist():
        left.append(next(step.exit for step in chain(*values) if adapting.leaves(step)))
    return adapting.used(), left
