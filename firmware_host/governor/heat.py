"""How warm the device is, how fast that changes, and where another load would take it.

The device is taken for one heat capacity that leaks to surroundings which change slowly:

    dT/dt = gain · u − rate · (T − surroundings)

with u the share of the time spent computing. Temperature and slope come from an α-β filter (Kalata
1984, doi 10.1109/TAES.1984.310438) that knows what a change of u does to the slope, and is slow to
believe that it changes by itself. Gain and rate
are fitted to the trace: how the slope changed from block to block, over how u and T did, which
leaves the surroundings out. Normal equations that forget, held to what is usual by a ridge until
the trace says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

_SMOOTH = 6.0
"""Seconds over which readings are averaged: a sensor's steps of 1 °C are no slope."""
_CALM = 0.5
"""Of the slope's share of an error, where 1 is critically damped: surroundings change slowly, and a
slope of noise, over minutes, is degrees."""
_BLOCK = 10.0
"""Seconds of a block: long enough that its mean is little moved by a sensor's noise."""
_FORGET = 0.985
"""What the fit keeps from block to block: the last ten minutes count, by and large."""

USUAL = (0.3, 1 / 150)
"""Of a board of some 100 g: 0.3 °C a second at full load, 150 s to settle by two thirds."""
TRUST = (0.05, 200.0)
"""Of the ridge that holds the two to what is usual, in squares of u and of °C."""
GAINS = (0.02, 3.0)
RATES = (1 / 900, 1 / 30)
"""Bounds of the two: what lies outside is noise."""

_GONE = 30.0
"""Seconds without a reading after which the filter begins anew."""


@dataclass(frozen=True)
class _Change:
    """The slope between two blocks, and their mean temperature and load."""

    slope: float
    celsius: float
    load: float


@dataclass(frozen=True)
class _Block:
    """The means of some seconds, and their middle."""

    at: float
    celsius: float
    load: float

    def to(self, other: _Block) -> _Change:
        return _Change(
            (other.celsius - self.celsius) / (other.at - self.at),
            (self.celsius + other.celsius) / 2,
            (self.load + other.load) / 2,
        )


@dataclass(frozen=True)
class Heat:
    """What is known of the device's heat; `at` is None until there was a reading.

    `celsius` and `slope` (°C a second) are filtered, `load` is the recent u.
    """

    at: float | None = None
    celsius: float = 0.0
    slope: float = 0.0
    load: float = 0.0
    gain: float = USUAL[0]
    rate: float = USUAL[1]
    first: float = 0.0
    _begun: float = 0.0
    _count: float = 0.0
    _sum: tuple[float, float] = (0.0, 0.0)
    _last: _Block | None = None
    _change: _Change | None = None
    _squares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    _products: tuple[float, float] = (0.0, 0.0)

    def seen(self, celsius: float, at: float, load: float) -> Heat:
        """Take a reading, and the load that led to it."""
        if self.at is None or not 0 <= at - self.at <= _GONE:
            return replace(
                self,
                at=at,
                celsius=celsius,
                slope=0.0,
                load=load,
                first=at,
                _begun=at,
                _count=0.0,
                _sum=(0.0, 0.0),
                _last=None,
                _change=None,
            )
        step = at - self.at
        if step == 0:
            return self
        slope = self.slope * math.exp(-self.rate * step) + self.gain * (load - self.load)
        expected = self.celsius + slope * step
        alpha = -math.expm1(-step / _SMOOTH)
        beta = _CALM * alpha * alpha / (2 - alpha)
        error = celsius - expected
        return replace(
            self,
            at=at,
            celsius=expected + alpha * error,
            slope=slope + beta * error / step,
            load=load,
        )._counted(celsius, at, load)

    def expected(self, load: float, after: float) -> float:
        """Return the temperature after so many seconds at a load, in °C."""
        slope = self.slope + self.gain * (load - self.load)
        return self.celsius + slope * -math.expm1(-self.rate * after) / self.rate

    def settled(self, load: float) -> float:
        """Return the temperature that would be reached at a load in the end, in °C."""
        return self.celsius + (self.slope + self.gain * (load - self.load)) / self.rate

    def _counted(self, celsius: float, at: float, load: float) -> Heat:
        """Take a reading into its block, and fit when that is full."""
        count = self._count + 1
        total = (self._sum[0] + celsius, self._sum[1] + load)
        if at - self._begun < _BLOCK:
            return replace(self, _count=count, _sum=total)
        block = _Block((self._begun + at) / 2, total[0] / count, total[1] / count)
        begun = replace(self, _begun=at, _count=0.0, _sum=(0.0, 0.0), _last=block)
        return begun if self._last is None else begun._compared(self._last.to(block))

    def _compared(self, change: _Change) -> Heat:
        """Fit to how the slope has changed since the change before."""
        last = self._change
        if last is None:
            return replace(self, _change=change)
        slope, u, warm = (
            change.slope - last.slope,
            change.load - last.load,
            last.celsius - change.celsius,
        )
        row = (u * u, u * warm, warm * warm)
        squares = _forget(self._squares, row)
        products = _forget(self._products, (u * slope, warm * slope))
        a, b, c = squares[0] + TRUST[0], squares[1], squares[2] + TRUST[1]
        x, y = (products[at] + TRUST[at] * USUAL[at] for at in range(2))
        whole = a * c - b * b
        return replace(
            self,
            gain=min(max((x * c - b * y) / whole, GAINS[0]), GAINS[1]),
            rate=min(max((a * y - b * x) / whole, RATES[0]), RATES[1]),
            _change=change,
            _squares=(squares[0], squares[1], squares[2]),
            _products=(products[0], products[1]),
        )


def _forget(kept: Sequence[float], new: Sequence[float]) -> tuple[float, ...]:
    return tuple(_FORGET * old + add for old, add in zip(kept, new, strict=True))
