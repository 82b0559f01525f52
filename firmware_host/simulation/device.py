"""A device that is simulated: a heat capacity that leaks, a battery, a sensor that is not exact.

    T' = (ambient + rise · u − T) / settling

with u the share of the time spent computing. The temperature of a run is exact for a u that is
constant within a step.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_host.governor import Limits, Rung

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sensor:
    """What is read of the temperature: late by `lag` (s), noisy (°C), in steps (°C)."""

    lag: float = 0.0
    noise: float = 0.0
    step: float = 0.001


@dataclass(frozen=True)
class Battery:
    """`percent` at the start; what is lost in an hour, in percent, when idle and when computing."""

    percent: float
    idle: float
    busy: float

    def change(self, busy: Floats, charging: Bools) -> Floats:
        """Return the change in percent a second; a charger gives twice what computing takes."""
        lost = self.idle + (self.busy - self.idle) * busy
        return np.asarray((np.where(charging, 2 * self.busy, 0.0) - lost) / 3600)


@dataclass(frozen=True, eq=False)
class Day:
    """What happens to a device; arrays are [N], one value for each step of `step` seconds.

    `ambient` is what it would have without computing (°C), `rise` how much warmer it settles when
    it computes all the time (°C), `settling` the time to do so by two thirds (s), `demand` the
    share of the time that full depth would compute, `readable` whether its sensor answers.
    """

    name: str
    title: str
    step: float
    ambient: Floats
    rise: Floats
    settling: Floats
    demand: Floats
    readable: Bools
    charging: Bools
    celsius: float
    limits: Limits
    sensor: Sensor = Sensor()
    battery: Battery | None = None
    seed: int = 0

    def __len__(self) -> int:
        return len(self.ambient)

    @property
    def seconds(self) -> Floats:
        """[N]: when each step begins."""
        return np.arange(len(self), dtype=np.float64) * self.step


@dataclass(frozen=True)
class Observation:
    """What a controller is shown at `at` seconds; None is what cannot be read."""

    at: float
    celsius: float | None
    percent: float | None
    charging: bool
    busy: float
    queue: int


@dataclass(frozen=True, eq=False)
class History:
    """What happened under a controller; arrays are [N], as it was at the end of each step."""

    celsius: Floats
    percent: Floats
    rung: Ints
    alive: Bools


class Device:
    """A device in the middle of its day."""

    def __init__(self, day: Day, rungs: Sequence[Rung]) -> None:
        self._loads = [rung.load for rung in rungs]
        self._ambient, self._rise = day.ambient.tolist(), day.rise.tolist()
        self._demand, self._readable = day.demand.tolist(), day.readable.tolist()
        self._charging = day.charging.tolist()
        self._keeps = np.exp(-day.step / day.settling).tolist()
        self._step, self._sensor, self._battery = day.step, day.sensor, day.battery
        self._follows = -math.expm1(-day.step / day.sensor.lag) if day.sensor.lag else 1.0
        self._random = random.Random(day.seed)
        self._at = 0
        self.celsius = self._shown = day.celsius
        self.percent = day.battery.percent if day.battery else math.nan
        self._busy = 0.0
        self._waiting = 0.0

    @property
    def alive(self) -> bool:
        """Whether its battery is not empty."""
        return not self.percent <= 0

    def observe(self) -> Observation:
        """Return what can be read of it now."""
        sensor = self._sensor
        celsius = None
        if self._readable[self._at]:
            noisy = self._shown + self._random.gauss(0.0, sensor.noise)
            celsius = round(noisy / sensor.step) * sensor.step
        return Observation(
            self._at * self._step,
            celsius,
            math.ceil(self.percent) if self._battery else None,
            self._charging[self._at],
            self._busy,
            int(self._waiting / 3.0),
        )

    def run(self, rung: int) -> None:
        """Go on by one step at a rung."""
        at = self._at
        asked = self._demand[at] * self._loads[rung] if self.alive else 0.0
        busy = min(asked + self._waiting / self._step, 1.0)
        self._waiting = max(self._waiting + (asked - busy) * self._step, 0.0)
        target = self._ambient[at] + self._rise[at] * busy
        self.celsius = target + (self.celsius - target) * self._keeps[at]
        self._shown += self._follows * (self.celsius - self._shown)
        if self._battery is not None:
            lost = self._battery.idle + (self._battery.busy - self._battery.idle) * busy
            gained = 2 * self._battery.busy if self._charging[at] else 0.0
            level = self.percent + (gained - lost) * self._step / 3600
            self.percent = min(max(level, 0.0), 100.0)
        self._busy = busy
        self._at += 1
