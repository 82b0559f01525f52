"""What is compared: the governor, a fixed point, a plain threshold, and a plan made beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from firmware_host.governor import Governor, Limits, Past, Rung, State
from firmware_host.governor.state import Reading
from firmware_host.simulation.device import Day, Device, History, Observation

_LOW = 20.0
"""Percent of battery at which a plain controller saves."""


class Controller(Protocol):
    """Chooses a rung (0 is the deepest) from what it is shown."""

    def choose(self, seen: Observation) -> int:
        """Return the rung until the next observation."""
        ...


class Fixed:
    """Always the same rung."""

    def __init__(self, rung: int) -> None:
        self._rung = rung

    def choose(self, seen: Observation) -> int:
        """Return the rung."""
        return self._rung


class PlainThreshold:
    """Full depth, or the least where it is hot, nearly empty or not readable; with hysteresis."""

    def __init__(self, rungs: Sequence[Rung], limits: Limits) -> None:
        self._least = len(rungs) - 1
        self._limits = limits
        self._saves = False
        self._since = -limits.dwell

    def choose(self, seen: Observation) -> int:
        """Compare with the ceiling, less the guard, and change once per dwell at most."""
        limits = self._limits
        hot = limits.ceiling - limits.guard
        low = seen.percent is not None and not seen.charging and seen.percent <= _LOW
        saves = self._saves
        if seen.celsius is None or seen.celsius >= hot or low:
            saves = True
        elif seen.celsius <= hot - limits.hysteresis:
            saves = False
        if saves != self._saves and seen.at - self._since >= limits.dwell:
            self._saves, self._since = saves, seen.at
        return self._least if self._saves else 0


class Governed:
    """The governor, shown what the device shows."""

    def __init__(self, rungs: Sequence[Rung], limits: Limits) -> None:
        self._governor = Governor(rungs, limits)
        self._past = Past()
        self.whys: list[str] = []

    def choose(self, seen: Observation) -> int:
        """Ask the governor, and keep what it remembers."""
        at = seen.at
        state = State(
            self._past,
            celsius=None if seen.celsius is None else Reading(seen.celsius, at),
            battery=None if seen.percent is None else Reading(seen.percent, at),
            charging=seen.charging,
            busy=seen.busy,
            queue=seen.queue,
            on_battery=seen.percent is not None,
        )
        decision = self._governor.decide(state, at)
        self._past = decision.past
        self.whys.append(decision.why)
        return decision.rung


class Planned:
    """A plan: one rung for each stretch of so many seconds."""

    def __init__(self, plan: Sequence[int], stretch: float) -> None:
        self._plan = plan
        self._stretch = stretch

    def choose(self, seen: Observation) -> int:
        """Return what the plan has for this time."""
        return self._plan[min(int(seen.at / self._stretch + 1e-9), len(self._plan) - 1)]


def run(day: Day, rungs: Sequence[Rung], controller: Controller) -> History:
    """Run a device through its day under a controller, and return what happened."""
    device = Device(day, rungs)
    celsius, percent, chosen, alive = [], [], [], []
    for _ in range(len(day)):
        rung = controller.choose(device.observe())
        device.run(rung)
        celsius.append(device.celsius)
        percent.append(device.percent)
        chosen.append(rung)
        alive.append(device.alive)
    return History(np.array(celsius), np.array(percent), np.array(chosen), np.array(alive))
