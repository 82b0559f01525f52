"""Leave where going on is not expected to be worth it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge.errors import ScoreError
from edge.learnt import ExitWeights, LearntExit, Sign
from edge.policy.base import value_at
from edge.scores import Scored


class Learnt:
    """Leaves at the first exit that costs no more errors than going on is worth, or at the last.

    Raises:
        ScoreError: from `leaves`, a sign or the estimate is not a number. It never goes on for
            want of one.
    """

    def __init__(self, signs: Sequence[Sign], exits: Sequence[LearntExit], last: int) -> None:
        self.deepest = last
        self.score = signs[0].name
        self._signs = [(sign.name, sign.reader()) for sign in signs]
        self._weights = {exit.exit: ExitWeights(exit) for exit in exits}

    def leaves(self, step: Scored) -> bool:
        """Tell whether to stop here; at exits without weights nothing is computed."""
        if step.exit >= self.deepest:
            return True
        return step.exit in self._weights and self.regret(step) <= 0

    def regret(self, step: Scored) -> float:
        """Return the errors that leaving here costs beyond going on, less the price of that."""
        now = self._read(step)
        before = now if step.previous is None else self._read(step.previous)
        regret = self._weights[step.exit](now, before)
        if math.isnan(regret):
            raise ScoreError(f"the learnt score at exit {step.exit} is NaN", "calibrate again")
        return regret

    def _read(self, step: Scored) -> list[float]:
        return [read(value_at(step, name)) for name, read in self._signs]
