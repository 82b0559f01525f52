"""Days that a device may have; temperatures are told from the ceiling of its board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from boards.errors import closest
from firmware_host.errors import UnknownScenarioError
from firmware_host.governor import Limits
from firmware_host.simulation.device import Battery, Day, Floats, Sensor

_HOUR = 3600
_SENSOR = Sensor(lag=2.0, noise=0.2, step=0.5)
_RISE = 38.0
_SETTLING = 150.0


def _day(
    name: str, title: str, limits: Limits, seconds: int, below: Floats | float, step: float = 1.0
) -> Day:
    """Return a day on which nothing happens, at temperatures `below` the ceiling."""
    count = round(seconds / step)
    ambient = limits.ceiling - np.broadcast_to(np.asarray(below, dtype=np.float64), (count,))
    return Day(
        name=name,
        title=title,
        step=step,
        ambient=ambient,
        rise=np.full(count, _RISE),
        settling=np.full(count, _SETTLING),
        demand=np.full(count, 0.95),
        readable=np.ones(count, dtype=bool),
        charging=np.zeros(count, dtype=bool),
        celsius=float(ambient[0]),
        limits=limits,
        sensor=_SENSOR,
    )


def _hot_day(limits: Limits) -> Day:
    time = np.linspace(0, 1, _HOUR)
    below = 44 - 15 * np.sin(np.pi * time) ** 2
    return _day("hot-day", "Hot day: the sun comes and goes", limits, _HOUR, below)


def _cold_start(limits: Limits) -> Day:
    day = _day("cold-start", "Cold start: from far below to steady work", limits, _HOUR // 2, 31.0)
    return replace(day, celsius=limits.ceiling - 65)


def _draining_battery(limits: Limits) -> Day:
    hours = 2
    wanted = replace(limits, lasts=hours * _HOUR / 0.4)
    title = "Draining battery: 40 % has to last two hours"
    day = _day("draining-battery", title, wanted, hours * _HOUR, 45.0, step=2.0)
    return replace(day, battery=Battery(40.0, 7.0, 25.0), celsius=limits.ceiling - 30)


def _sensor_lost(limits: Limits) -> Day:
    day = _day("sensor-lost", "Sensor lost: for five minutes of forty", limits, 2400, 31.0)
    readable = day.readable.copy()
    readable[1200:1500] = False
    return replace(day, readable=readable, celsius=limits.ceiling - 25)


def _fan_failing(limits: Limits) -> Day:
    title = "Fan failing: after twenty minutes it leaks a third less"
    day = _day("fan-failing", title, limits, _HOUR, 36.0)
    failing = 1 + 0.33 * np.clip((day.seconds - 1200) / 60, 0, 1)
    return replace(
        day,
        rise=day.rise * failing,
        settling=day.settling * failing,
        celsius=limits.ceiling - 20,
    )


SCENARIOS: dict[str, Callable[[Limits], Day]] = {
    "hot-day": _hot_day,
    "cold-start": _cold_start,
    "draining-battery": _draining_battery,
    "sensor-lost": _sensor_lost,
    "fan-failing": _fan_failing,
}
"""Each by its name: what makes it for a board's limits."""


def scenario(name: str, limits: Limits) -> Day:
    """Return the scenario of that name.

    Raises:
        UnknownScenarioError: there is none.
    """
    if name not in SCENARIOS:
        raise UnknownScenarioError(
            f"there is no scenario '{name}'",
            closest(name, SCENARIOS),
            f"scenarios: {', '.join(SCENARIOS)}",
        )
    return SCENARIOS[name](limits)


def random_day(seed: int, limits: Limits, seconds: int = 1800, step: float = 1.0) -> Day:
    """Return a day of a device that nobody has met: its heat, its sensor, its weather, its work."""
    draw = np.random.default_rng(seed)
    day = _day("random", f"random day {seed}", limits, seconds, draw.uniform(22, 38), step)
    time = day.seconds
    wave = draw.uniform(0, 5) * np.sin(2 * np.pi * (time / draw.uniform(600, 3600) + draw.random()))
    sun = draw.uniform(-6, 6) * np.clip((time - draw.uniform(0, seconds)) / 30, 0, 1)
    failing = 1 + draw.choice([0, 0.3]) * np.clip((time - draw.uniform(0, seconds)) / 30, 0, 1)
    bursts = draw.uniform(0.5, 1, size=seconds // 60 + 1)[(time / 60).astype(np.int64)]
    return replace(
        day,
        ambient=day.ambient + wave + sun,
        rise=draw.uniform(30, 60) * failing,
        settling=np.exp(draw.uniform(np.log(60), np.log(600))) * failing,
        demand=draw.uniform(0.6, 1) * bursts,
        celsius=limits.ceiling - draw.uniform(10, 40),
        sensor=Sensor(
            draw.uniform(0, 3), draw.uniform(0, 0.4), draw.choice([0.001, 0.1, 0.5, 1.0])
        ),
        seed=seed,
    )
