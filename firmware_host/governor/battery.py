"""How fast the battery empties, and how fast it may."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

_SOONEST = 60.0
"""Seconds that are always planned for: near the end the plan must not ask for a sprint."""
IDLE = 0.43
"""What a device draws that computes nothing, as a share of what computing all the time adds: taken
for granted (3 to 7), since it is seldom seen apart. A larger one sheds more depth."""


@dataclass(frozen=True)
class _Edge:
    """The moment at which a gauge, which moves in steps, came to show `percent`."""

    at: float
    percent: float
    computed: float


@dataclass(frozen=True)
class Drain:
    """The battery since it was taken off the charger, at `unplugged` with `full` percent.

    It goes by the moments at which the gauge moved. `computed` is the time spent computing, in
    seconds.
    """

    unplugged: float | None = None
    full: float = 0.0
    at: float = 0.0
    percent: float = 0.0
    computed: float = 0.0
    _first: _Edge | None = None
    _last: _Edge | None = None

    def seen(self, percent: float, at: float, load: float, charging: bool) -> Drain:
        """Take a reading, and the load that led to it."""
        if charging:
            return Drain()
        if self.unplugged is None or percent > self.percent + 1:
            return Drain(at, percent, at, percent)
        computed = self.computed + load * max(at - self.at, 0.0)
        seen = replace(self, at=at, percent=percent, computed=computed)
        if percent >= self.percent:
            return replace(seen, percent=self.percent)
        edge = _Edge(at, percent, computed)
        return replace(seen, _first=self._first or edge, _last=edge)

    def share(self, load: float, reserve: float, lasts: float) -> float | None:
        """Return the drain at `load` over the drain that is allowed, or None before it is known.

        Allowed is what brings the battery from here to `reserve` when the time has come: `lasts`
        seconds for a full one, as much less as it was not full when it was unplugged.
        """
        first, last = self._first, self._last
        if self.unplugged is None or first is None or last is None or last.at <= first.at:
            return None
        taken = last.at - first.at
        rate = (first.percent - last.percent) / taken
        then = (last.computed - first.computed) / taken
        # Until the gauge moves again it has lost something, but less than a step.
        since = self.at - last.at
        now = (self.computed - last.computed) / since if since > 0 else then
        percent = last.percent - min(rate * since * (IDLE + now) / (IDLE + then), 1.0)
        left = max(self.unplugged + lasts * self.full / 100 - self.at, _SOONEST)
        allowed = max(percent - reserve, 0.0) / left
        return rate * (IDLE + load) / (IDLE + then) / allowed if allowed > 0 else math.inf
