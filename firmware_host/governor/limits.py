"""What a governor must keep."""

from __future__ import annotations

from dataclasses import dataclass

from boards.board import Board

_NO_TRIP_POINT = 70.0
"""°C, where a board's file has none: what consumer parts are commonly specified for."""
_BELOW_TRIP = 2.0
"""°C by which the ceiling lies below the first trip point, where the device slows down itself."""


@dataclass(frozen=True)
class Limits:
    """Temperatures in °C, times in seconds, battery in percent.

    `guard` is how far below `ceiling` the governor aims. It goes deeper where the device would stay
    below that for `stay`, and, as long as nothing can be foreseen, where it is cooler by
    `hysteresis`. Between two switches lies a `dwell`. A reading older than `stale` counts as none.

    `lasts` is how long a full battery is wanted to last; below `reserve` only the least point runs.
    A `queue` as long as that, or computing that would take `busy` of the time, asks for less depth.
    A computation that takes `slowed` times what it took when cool is a sign of heat, where no
    temperature can be read.
    """

    ceiling: float = _NO_TRIP_POINT - _BELOW_TRIP
    guard: float = 0.2
    hysteresis: float = 5.0
    stay: float = 30.0
    dwell: float = 10.0
    stale: float = 10.0
    lasts: float = 8 * 3600.0
    reserve: float = 5.0
    queue: int = 4
    busy: float = 0.95
    slowed: float = 1.15

    @classmethod
    def of(cls, board: Board) -> Limits:
        """Return the limits for a board, whose lowest trip point is not to be reached."""
        trips = board.limits.trip_celsius or (_NO_TRIP_POINT,)
        return cls(ceiling=trips[0] - _BELOW_TRIP)
