"""The plan of one who knows the future: least word errors, never above the ceiling.

Dynamic programming backwards over time (Bellman 1957) on a grid of temperatures, one stage for
each dwell. A battery adds a price to computing, found by bisection so that it lasts to the end.
It knows the temperature even where the sensor does not answer, but runs the least point there, and
it keeps the battery's reserve: these are rules, not guesses.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from firmware_host.governor import Rung
from firmware_host.simulation.controllers import Planned
from firmware_host.simulation.device import Bools, Day, Floats

_GRID = 240
_ABOVE = 1e3
"""Points of WER that a degree above the ceiling is worth: more than any depth can gain."""
_DEAREST = 200.0
"""Points of WER for computing all the time: nobody would compute at that price."""
_HALVINGS = 14


def oracle(day: Day, rungs: Sequence[Rung]) -> Planned:
    """Return the best plan for a day, at one rung per dwell."""
    stages = _Stages(day, rungs)
    dear = stages.plan(0.0)
    if stages.lasts(dear):
        return Planned(dear, stages.stretch)
    cheap = stages.plan(_DEAREST)
    low, high = 0.0, _DEAREST
    for _ in range(_HALVINGS):
        price = (low + high) / 2
        tried = stages.plan(price)
        if stages.lasts(tried):
            high, cheap = price, tried
        else:
            low, dear = price, tried
    # Between two plans of nearly one price, the dearer is followed as long as it can be.
    most = bisect_left(
        range(len(dear)), True, key=lambda change: not stages.lasts(dear[:change] + cheap[change:])
    )
    change = max(most - 1, 0)
    return Planned(dear[:change] + cheap[change:], stages.stretch)


class _Stages:
    """A day in stages of one dwell, and what each rung would do in each of them."""

    def __init__(self, day: Day, rungs: Sequence[Rung]) -> None:
        self._steps = max(round(day.limits.dwell / day.step), 1)
        self.stretch = self._steps * day.step
        ambient, rise, settling, demand = (
            self._means(values) for values in (day.ambient, day.rise, day.settling, day.demand)
        )
        loads = np.array([rung.load for rung in rungs])
        self._keeps = np.exp(-self.stretch / settling)
        self._busy = np.minimum(demand[:, None] * loads, 1.0)
        self._targets = ambient[:, None] + rise[:, None] * self._busy
        self._errors = demand[:, None] * np.array([rung.wer for rung in rungs])
        self._errors[self._means(day.readable) < 1, :-1] = np.inf
        self._charging = self._means(day.charging) > 0.5
        self._battery, self._reserve = day.battery, day.limits.reserve
        self._first, self._ceiling = day.celsius, day.limits.ceiling
        coldest = min(float(self._targets.min()), day.celsius)
        hottest = max(float(self._targets.max()), day.celsius, day.limits.ceiling)
        # Dense below the ceiling, where plans are made.
        self._grid = np.union1d(
            np.linspace(coldest, hottest, _GRID),
            np.linspace(max(coldest, self._ceiling - 8), self._ceiling, _GRID // 2),
        )

    def plan(self, price: float) -> list[int]:
        """Return the best plan where computing costs `price` points of WER."""
        values = np.zeros_like(self._grid)
        kept = [values]
        for stage in range(len(self._keeps) - 1, 0, -1):
            values = np.min(self._costs(stage, self._grid, values, price), axis=0)
            kept.append(values)
        celsius = np.array([self._first])
        plan: list[int] = []
        for stage in range(len(self._keeps)):
            values = kept[len(self._keeps) - 1 - stage]
            rung = int(np.argmin(self._costs(stage, celsius, values, price)[:, 0]))
            target = self._targets[stage, rung]
            celsius = target + (celsius - target) * self._keeps[stage]
            plan.append(rung)
        return plan

    def lasts(self, plan: Sequence[int]) -> bool:
        """Tell whether the battery is never below its reserve."""
        battery = self._battery
        if battery is None:
            return True
        busy = self._busy[np.arange(len(plan)), plan]
        lost = battery.change(busy, self._charging) * self.stretch
        # What is full stays full: count from the last time that it would have been.
        level = np.concatenate([[battery.percent], battery.percent + np.cumsum(lost)])
        over = np.maximum.accumulate(np.maximum(level - 100, 0))
        return bool((level - over >= self._reserve).all())

    def _costs(self, stage: int, celsius: Floats, values: Floats, price: float) -> Floats:
        """[rungs, temperatures]: what each rung costs from there to the end."""
        targets = self._targets[stage][:, None]
        after = targets + (celsius - targets) * self._keeps[stage]
        now = self._errors[stage] + price * self._busy[stage]
        above = _ABOVE * np.maximum(after - self._ceiling, 0.0)
        return np.asarray(now[:, None] + above + np.interp(after, self._grid, values))

    def _means(self, values: Floats | Bools) -> Floats:
        count = -(-len(values) // self._steps)
        padded = np.pad(values, (0, count * self._steps - len(values)), mode="edge")
        return np.asarray(padded.reshape(count, self._steps).mean(axis=1))
