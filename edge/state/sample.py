"""What was read, in SI units but for °C and percent, and what could not be."""

from __future__ import annotations

import math
from dataclasses import dataclass

_COLDEST, _HOTTEST = -40.0, 125.0
"""°C that silicon is specified for; what lies outside is a fault."""


@dataclass(frozen=True)
class Temperature:
    """One sensor's reading; `what` names the place, as "CPU" or "skin"."""

    what: str
    celsius: float


@dataclass(frozen=True)
class Battery:
    """`charging` is None where the device does not say; `watts` are drawn from it, if known."""

    percent: float
    charging: bool | None
    watts: float | None = None
    celsius: float | None = None


@dataclass(frozen=True)
class Fault:
    """What should have been read, and why it was not."""

    what: str
    why: str


def temperature(what: str, celsius: float, low: float, high: float) -> Temperature | Fault:
    """Return a temperature, or a fault if it lies outside of what is plausible (°C)."""
    if not low <= celsius <= high:  # NaN is no temperature either
        return Fault(what, f"{celsius:.1f} °C is outside {low:.0f} to {high:.0f} °C")
    return Temperature(what, celsius)


def plausible_temperature(what: str, celsius: float) -> Temperature | Fault:
    """Return a temperature, or a fault if no chip that runs can have it."""
    return temperature(what, celsius, _COLDEST, _HOTTEST)


def battery(percent: float, charging: bool | None, **more: float | None) -> Battery | Fault:
    """Return a battery's state, or a fault if that is no percentage."""
    if not 0 <= percent <= 100:
        return Fault("battery", f"{percent:g} % is no level")
    known = {name: value for name, value in more.items() if value is not None}
    return Battery(
        percent, charging, **{name: each for name, each in known.items() if math.isfinite(each)}
    )


def number(text: str | None) -> float:
    """Return what a text says in figures, or NaN."""
    try:
        return float(text or "")
    except ValueError:
        return math.nan
