"""How much there is to recognise: speech comes in bursts, and plans are made for the bursts."""

from __future__ import annotations

from dataclasses import dataclass

_SOON = 10.0
_LATELY = 600.0
"""Seconds over which demand is averaged, for what happens soon and for what happens slowly; as long
as fewer are known, over those."""


@dataclass(frozen=True)
class Demand:
    """The share of the time that full depth would compute; 1 until something is known.

    `known` is for how many seconds it has been seen.
    """

    at: float | None = None
    soon: float = 1.0
    lately: float = 1.0
    known: float = 0.0

    @property
    def high(self) -> float:
        """The larger of the two: a pause is no reason to expect another."""
        return max(self.soon, self.lately)

    def seen(self, demand: float, at: float) -> Demand:
        """Take what it was since the last time."""
        if self.at is None:
            return Demand(at, demand, demand)
        step = max(at - self.at, 0.0)
        if step == 0:
            return self
        known = self.known + step
        return Demand(
            at,
            self.soon + min(step / min(_SOON, known), 1.0) * (demand - self.soon),
            self.lately + min(step / min(_LATELY, known), 1.0) * (demand - self.lately),
            known,
        )
