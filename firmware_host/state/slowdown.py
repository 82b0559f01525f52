"""Heat that is inferred: where no temperature can be read, a hot chip shows by getting slower."""

from __future__ import annotations

import math
import statistics
from collections import deque

_ENOUGH = 8
"""Runs of one kind before its time when cool is known."""
_RECENT = 5
"""Ratios whose median counts: one that was interrupted is no heat."""


class Slowdown:
    """How much longer runs take than when the device was cool.

    `kind` tells apart what cannot be compared: another length, another exit. The first runs of a
    kind are taken for cool ones, and the fastest half of those for its time; a faster one later
    replaces it.
    """

    def __init__(self) -> None:
        self._first: dict[object, list[float]] = {}
        self._cool: dict[object, float] = {}
        self._ratios: deque[float] = deque(maxlen=_RECENT)

    def ran(self, kind: object, seconds: float) -> None:
        """Take the time of one run; what is no time is passed over."""
        if not (math.isfinite(seconds) and seconds > 0):
            return
        cool = self._cool.get(kind)
        if cool is None:
            first = self._first.setdefault(kind, [])
            first.append(seconds)
            if len(first) == _ENOUGH:
                self._cool[kind] = statistics.median(sorted(first)[: _ENOUGH // 2])
                del self._first[kind]
            return
        self._cool[kind] = min(cool, seconds)
        self._ratios.append(seconds / self._cool[kind])

    @property
    def ratio(self) -> float | None:
        """1 is as fast as when cool; None until that is known."""
        if len(self._ratios) < _RECENT:
            return None
        return statistics.median(self._ratios)
