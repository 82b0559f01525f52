"""A recording of a device's state, replayed: what would other depths have made of that day?

The recording says how warm the device was at the depth that it ran. What is fitted to it (gain and
rate of its heat) and what is left over (its surroundings) then answer for other depths.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firmware_host.errors import TraceError
from firmware_host.governor import Limits, Rung
from firmware_host.governor.battery import IDLE
from firmware_host.governor.heat import GAINS, RATES, TRUST, USUAL
from firmware_host.simulation.device import Battery, Bools, Day, Floats

REQUIRED = ("time_s", "celsius", "busy")
OPTIONAL = ("battery_percent", "charging", "point")
"""Columns: seconds, °C, the share of the time spent computing; percent, 0 or 1, the operating point
that ran (the deepest where there is no such column). An empty field is what could not be read."""

_STEP = 1.0
_SMOOTH = 60
"""Seconds over which the surroundings are averaged: a sensor's noise does not last."""
_BLOCK = 20
"""Steps of a block, whose mean is little moved by noise."""
_BELIEVED = 20.0
"""How much less what is usual counts here than while a device runs: nothing is at stake."""
_LEAST = 120.0
"""Seconds that a recording must have for its heat to be fitted."""
_LARGEST = 200 << 20


def read_trace(path: Path, rungs: Sequence[Rung], limits: Limits) -> Day:
    """Read a recording, and return it as a day that can be run at any depth.

    Raises:
        TraceError: it cannot be read, a column is missing, a field is no number, time goes back, or
            it is too short.
    """
    rows = _rows(path)
    time = _column(path, rows, "time_s")
    if not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise TraceError(f"{path}: 'time_s' does not go up from row to row")
    time -= time[0]
    celsius, busy = _column(path, rows, "celsius"), _column(path, rows, "busy")
    known = np.isfinite(celsius) & np.isfinite(busy)
    if not known.any() or time[-1] < _LEAST:
        raise TraceError(f"{path}: holds less than {_LEAST:.0f} seconds with a temperature")
    busy = np.clip(busy, 0, 1)
    at = np.arange(0, time[-1], _STEP)
    loads = _loads(path, rows, rungs)
    gain, rate, surroundings = _fitted(
        at, np.interp(at, time[known], celsius[known]), np.interp(at, time[known], busy[known])
    )
    nearest = np.minimum(np.searchsorted(time, at), len(time) - 1)
    percent = _column(path, rows, "battery_percent")
    charging = _column(path, rows, "charging") == 1
    return Day(
        name=path.name,
        title=f"{path.name}, replayed",
        step=_STEP,
        ambient=surroundings,
        rise=np.full(len(at), gain / rate),
        settling=np.full(len(at), 1 / rate),
        demand=np.interp(at, time[known], busy[known] / loads[known]),
        readable=known[nearest],
        charging=charging[nearest],
        celsius=float(celsius[known][0]),
        limits=limits,
        battery=_battery(time, percent, busy, charging),
    )


def _fitted(at: Floats, celsius: Floats, busy: Floats) -> tuple[float, float, Floats]:
    """Return gain and rate of the heat, and the surroundings that explain the rest, [N] in °C."""
    gain, rate = _least_squares(celsius, busy)
    keeps = np.exp(-rate * _STEP)
    # What the surroundings must have been for each step, inverting the device's own step.
    target = (celsius[1:] - celsius[:-1] * keeps) / (1 - keeps)
    rest = np.append(target, target[-1]) - gain / rate * busy
    width = min(_SMOOTH, len(rest))
    weights = np.convolve(np.ones(len(rest)), np.ones(width), mode="same")
    return gain, rate, np.asarray(np.convolve(rest, np.ones(width), mode="same") / weights)


def _least_squares(celsius: Floats, busy: Floats) -> tuple[float, float]:
    """Fit how the slope changed from block to block to how load and temperature did.

    It is what `Heat` does while it runs, but over the whole recording at once.
    """
    whole = len(celsius) // _BLOCK
    warm, load = (
        values[: whole * _BLOCK].reshape(whole, _BLOCK).mean(axis=1) for values in (celsius, busy)
    )
    slope = np.diff(np.diff(warm)) / (_BLOCK * _STEP)
    means = np.stack([(load[1:] + load[:-1]) / 2, -(warm[1:] + warm[:-1]) / 2], axis=1)
    rows = np.diff(means, axis=0)
    trust = np.diag(TRUST) / _BELIEVED
    gain, rate = np.linalg.solve(rows.T @ rows + trust, rows.T @ slope + trust @ USUAL)
    return float(np.clip(gain, *GAINS)), float(np.clip(rate, *RATES))


def _battery(time: Floats, percent: Floats, busy: Floats, charging: Bools) -> Battery | None:
    """Return the battery as it was lost while nothing charged it, or None if that says nothing."""
    used = np.isfinite(percent) & ~charging & np.isfinite(busy)
    if np.count_nonzero(used) < 2:
        return None
    hours = (time[used][-1] - time[used][0]) / 3600
    lost = (percent[used][0] - percent[used][-1]) / hours
    if lost <= 0:
        return None
    each = lost / (IDLE + float(busy[used].mean()))
    return Battery(float(percent[used][0]), each * IDLE, each * (IDLE + 1))


def _loads(path: Path, rows: Sequence[dict[str, str]], rungs: Sequence[Rung]) -> Floats:
    known = {rung.point: rung.load for rung in rungs} | {"": rungs[0].load}
    names = [row.get("point") or "" for row in rows]
    strange = sorted(set(names) - known.keys())
    if strange:
        raise TraceError(
            f"{path}: ran at a point '{strange[0]}', which is not one to choose from here",
            f"points here: {', '.join(rung.point for rung in rungs)}",
        )
    return np.array([known[name] for name in names])


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise TraceError(f"{path}: is larger than {_LARGEST >> 20} MiB")
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = list(reader)
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TraceError(f"{path}: is no CSV: {error}") from error
    missing = [name for name in REQUIRED if name not in columns]
    if missing or not rows:
        what = f"has no column '{missing[0]}'" if missing else "has no rows"
        raise TraceError(
            f"{path}: {what}",
            f"columns: {', '.join(REQUIRED)}; and if known {', '.join(OPTIONAL)}",
        )
    return rows


def _column(path: Path, rows: Sequence[dict[str, str]], name: str) -> Floats:
    """[rows]: a column's numbers, NaN where a field is empty or the column missing."""
    values = []
    for number, row in enumerate(rows, start=2):
        field = row.get(name) or "nan"
        try:
            values.append(float(field))
        except ValueError as error:
            raise TraceError(f"{path}:{number}: {name} is {field!r}, which is no number") from error
    return np.array(values)
