"""What Linux says in files: sensors that a board names, thermal zones, power supplies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from boards.board import Board, Sensor
from edge.state.sample import (
    Battery,
    Fault,
    Temperature,
    battery,
    number,
    plausible_temperature,
    temperature,
)

_ZONES = ("/sys/class/thermal/thermal_zone*/type", "/sys/class/thermal/thermal_zone*/temp")
_SUPPLIES = tuple(
    f"/sys/class/power_supply/*/{name}"
    for name in ("type", "scope", "status", "capacity", "power_now", "current_now", "voltage_now")
)

_PER_DEGREE = {"°C": 1.0, "m°C": 1000.0}
_MICRO = 1e-6
_CHARGING = {"Charging": True, "Full": True, "Discharging": False, "Not charging": False}
"""A full battery is at the mains. One that is not charging though it could is being used."""


def patterns(board: Board) -> list[str]:
    """Return all files that say something of a board's state."""
    return [*(sensor.path for sensor in board.thermal), *_ZONES, *_SUPPLIES]


def heat(board: Board, files: Mapping[str, str]) -> list[Temperature | Fault]:
    """Return what the temperature sensors of a board say; nothing if it has none.

    A CPU whose board names none goes by the machine's thermal zones. Of an accelerator they say
    nothing: its heat has to be inferred.
    """
    if not board.thermal and board.target == "cpu":
        return zones(files)
    return [_sensor(sensor, files) for sensor in board.thermal]


def zones(files: Mapping[str, str]) -> list[Temperature | Fault]:
    """Return the thermal zones that say something plausible, by their type.

    Which there are differs by machine; one that says nothing, as many do, is none.
    """
    found = (
        plausible_temperature(kind, number(files.get(f"{folder}/temp")) / 1000)
        for folder, kind in _folders(files, "/sys/class/thermal/", "type")
    )
    return [each for each in found if isinstance(each, Temperature)]


def supply(files: Mapping[str, str]) -> Battery | Fault | None:
    """Return the device's own battery, or None if it has none.

    Batteries of mice and pens are not its own. The sign of a current differs by driver, so only its
    size is used.
    """
    for folder, kind in _folders(files, "/sys/class/power_supply/", "type"):
        if kind != "Battery" or files.get(f"{folder}/scope") == "Device":
            continue
        watts = abs(number(files.get(f"{folder}/power_now"))) * _MICRO
        if math.isnan(watts):
            current, voltage = (
                number(files.get(f"{folder}/{name}_now")) * _MICRO
                for name in ("current", "voltage")
            )
            watts = abs(current * voltage)
        charging = _CHARGING.get(files.get(f"{folder}/status", ""))
        return battery(
            number(files.get(f"{folder}/capacity")),
            charging,
            watts=None if math.isnan(watts) or charging else watts,
        )
    return None


def _sensor(sensor: Sensor, files: Mapping[str, str]) -> Temperature | Fault:
    text = files.get(sensor.path)
    if text is None:
        return Fault(sensor.kind, f"{sensor.path} cannot be read")
    scale = _PER_DEGREE.get(sensor.unit, math.nan)
    value = number(text)
    if math.isnan(value):
        return Fault(sensor.kind, f"{sensor.path} says {text[:40]!r}")
    if sensor.plausible is None:
        return plausible_temperature(sensor.kind, value / scale)
    low, high = sensor.plausible
    return temperature(sensor.kind, value / scale, low / scale, high / scale)


def _folders(files: Mapping[str, str], under: str, name: str) -> list[tuple[str, str]]:
    """Return the folders in which a file of that name says something, and what it says."""
    found: dict[str, str] = defaultdict(str)
    for path, text in files.items():
        folder, _, last = path.rpartition("/")
        if folder.startswith(under) and last == name:
            found[folder] = text
    return sorted(found.items())
