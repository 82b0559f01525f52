"""A control chart: tells that the mean of a stream of numbers has changed abruptly."""

from __future__ import annotations

import math
from dataclasses import dataclass

MEMORY = 0.999
"""What the reference keeps from one number to the next."""
RECENT = 0.02
"""Weight of the newest number in the recent mean: the last 100 count, by and large."""
LIMIT = 4.0
"""Deviations of the recent mean from the reference at which it has changed: 4 is rarely met by
chance, and a change by one standard deviation of the numbers meets it after some 30 of them."""
_BURN_IN = 50.0
"""Numbers in the reference before it is one."""


@dataclass
class Chart:
    """An exponentially weighted moving average beside its control limits (Roberts 1959).

    The limits are ± `LIMIT` · σ · √(λ / (2 − λ)) with λ = `RECENT`, around the mean of a longer
    memory, whose σ it is. `count`, `total` and `squares` are its discounted sums.
    """

    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    recent: float = 0.0

    def seen(self, value: float) -> bool:
        """Take a number; tell whether the mean has changed, and begin anew if so.

        What is not finite is passed over.
        """
        if not math.isfinite(value):
            return False
        self.recent += (value - self.recent) * (RECENT if self.count else 1.0)
        self.count = self.count * MEMORY + 1
        self.total = self.total * MEMORY + value
        self.squares = self.squares * MEMORY + value * value
        mean = self.total / self.count
        variance = max(self.squares / self.count - mean * mean, 0.0)
        limit = LIMIT * math.sqrt(variance * RECENT / (2 - RECENT))
        if self.count < _BURN_IN or abs(self.recent - mean) <= limit:
            return False
        self.count = self.total = self.squares = self.recent = 0.0
        return True
