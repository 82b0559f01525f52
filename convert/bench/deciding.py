"""What a policy's decision takes, once the scores that it reads are there."""

from __future__ import annotations

import time
from collections.abc import Iterable

from edge.calibration import OperatingPoint
from edge.policy import Policy

CALLS, ROUNDS = 200, 25


class _Known:
    """An exit whose scores are known, and so is the exit before."""

    def __init__(self, exit: int, scores: Iterable[str], previous: _Known | None) -> None:
        self.exit = exit
        self.previous = previous
        self._scores = dict.fromkeys(scores, 0.5)

    def score(self, name: str) -> float:
        """Return what was computed before."""
        return self._scores[name]


def deciding_s(point: OperatingPoint, exits: tuple[int, ...]) -> float:
    """Return seconds for one decision: the fastest of some rounds, the dearest of the exits."""
    policy, names = point.policy(exits), {*point.rule.named_scores, "edit_rate"}
    before = None
    dearest = 0.0
    for exit in exits:
        step = before = _Known(exit, names, before)
        dearest = max(dearest, min(_round(policy, step) for _ in range(ROUNDS)))
    return dearest


def _round(policy: Policy, step: _Known) -> float:
    begin = time.perf_counter()
    for _ in range(CALLS):
        policy.leaves(step)
    return (time.perf_counter() - begin) / CALLS
