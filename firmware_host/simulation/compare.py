"""Controllers side by side on one day: word errors, heat, battery, and how often they switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_host.governor import Rung
from firmware_host.simulation.controllers import (
    Controller,
    Fixed,
    Governed,
    PlainThreshold,
    run,
)
from firmware_host.simulation.device import Day, Floats, History
from firmware_host.simulation.oracle import oracle

_LOST = 100.0
"""WER of an utterance that an empty device does not hear."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a controller made of a day.

    `wer` is in percent, weighted by how much was said; `depth` the mean number of blocks,
    `above_s` the seconds above the ceiling, `switches` how often it changed the operating point.
    """

    name: str
    history: History
    wer: float
    depth: float
    above_s: float
    hottest: float
    switches: int
    percent: float | None

    def fields(self) -> dict[str, object]:
        """Return the figures, as they stand in JSON."""
        return {
            "controller": self.name,
            "wer": round(self.wer, 3),
            "mean_depth": round(self.depth, 3),
            "seconds_above_ceiling": self.above_s,
            "hottest_celsius": round(self.hottest, 2),
            "switches": self.switches,
            "battery_percent_at_end": None if self.percent is None else round(self.percent, 2),
        }


def wer_of(history: History, rungs: Sequence[Rung]) -> Floats:
    """[N]: the WER that is expected at each step."""
    wer = np.array([rung.wer for rung in rungs])[history.rung]
    return np.asarray(np.where(history.alive, wer, _LOST))


def outcome(name: str, day: Day, rungs: Sequence[Rung], controller: Controller) -> Outcome:
    """Run one controller through a day, and count."""
    history = run(day, rungs, controller)
    depth = np.array([rung.depth for rung in rungs])[history.rung]
    weights = day.demand if day.demand.sum() > 0 else np.ones(len(day))
    return Outcome(
        name,
        history,
        float(np.average(wer_of(history, rungs), weights=weights)),
        float(np.average(np.where(history.alive, depth, 0.0), weights=weights)),
        float(np.sum(history.celsius > day.limits.ceiling) * day.step),
        float(history.celsius.max()),
        int(np.count_nonzero(np.diff(history.rung))),
        float(history.percent[-1]) if day.battery else None,
    )


def compare(day: Day, rungs: Sequence[Rung]) -> list[Outcome]:
    """Run the governor and all that it is compared with: fixed depths, a threshold, the oracle."""
    controllers: dict[str, Controller] = {
        "governor": Governed(rungs, day.limits),
        "oracle": oracle(day, rungs),
        "plain threshold": PlainThreshold(rungs, day.limits),
        f"always {rungs[0].point}": Fixed(0),
    }
    if len(rungs) > 1:
        controllers[f"always {rungs[-1].point}"] = Fixed(len(rungs) - 1)
    return [outcome(name, day, rungs, each) for name, each in controllers.items()]
