"""Leave by the scores of several exits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from boards.errors import UsageError
from edge.policy.base import check_exits, check_score, check_threshold, value_at
from edge.scores import SCORES, Score, Scored

WindowKind = Literal["side", "trend", "range"]


class Window:
    """Leaves where the score is sure, or has been nearly so for some exits, or at the last exit.

    ELBERT (arXiv 2107.00175). Its first stage is a threshold on `entropy_normalised`. Its second
    looks at the last N exits: at the probability of one of two classes, which has to be on one
    side of 0.5 by a margin. Texts have no two classes; what stands for that side here is a second,
    softer threshold on the same score.

    Args:
        score: by which it decides.
        threshold: as sure as this, it leaves at once.
        side: the softer threshold.
        length: how many exits the window holds, this one included; they are the encoder's, be
            they among `exits` or not. Before so many are reached, only the first stage counts.
        kind: "side", all in the window are as sure as `side`; "trend", the first of them is, and
            each other is as sure as the one before it; "range", all are, and they lie within
            `spread` of each other. In the published code these are `bias_1`, `bias_2`, `bias_3`.
        exits: where it may leave.
        spread: in the score's unit.

    Raises:
        UsageError: there is no such score, a threshold never fires, `side` is not softer than
            `threshold`, or the window is shorter than two exits.
        ScoreError: a threshold is NaN; and from `leaves`, a score cannot be computed.
    """

    def __init__(
        self,
        score: str,
        threshold: float,
        side: float,
        length: int,
        kind: WindowKind,
        exits: Sequence[int],
        spread: float = 0.0,
    ) -> None:
        self.score = check_score(score)
        self.threshold = check_threshold(threshold, score)
        self.side = check_threshold(side, score)
        self.exits = check_exits(exits)
        self.deepest = max(exits)
        if SCORES[score].is_sure(side, threshold):
            raise UsageError(
                f"the window never fires: {side:g} is not softer than the threshold {threshold:g}"
            )
        if length < 2:
            raise UsageError(f"a window of {length} is no window: at least 2 exits")
        if not spread >= 0:
            raise UsageError(f"a spread of {spread:g} is below 0")
        self.length = length
        self.spread = spread
        self._kind = _KINDS[kind]

    def leaves(self, step: Scored) -> bool:
        """Compare this exit's score with the threshold, and then those in the window."""
        if step.exit >= self.deepest:
            return True
        if step.exit not in self.exits:
            return False
        if SCORES[self.score].is_sure(value_at(step, self.score), self.threshold):
            return True
        values = self._values(step)
        return len(values) == self.length and self._kind(self, SCORES[self.score], values)

    def _values(self, step: Scored | None) -> list[float]:
        """Return the scores of this exit and those before, the oldest first, at most `length`."""
        values: list[float] = []
        while step is not None and len(values) < self.length:
            values.append(value_at(step, self.score))
            step = step.previous
        return values[::-1]

    def _all_on_side(self, score: Score, values: Sequence[float]) -> bool:
        return all(score.is_sure(value, self.side) for value in values)

    def _one_way(self, score: Score, values: Sequence[float]) -> bool:
        ever_surer = all(score.is_sure(later, before) for before, later in pairwise(values))
        return score.is_sure(values[0], self.side) and ever_surer

    def _within_range(self, score: Score, values: Sequence[float]) -> bool:
        return self._all_on_side(score, values) and max(values) - min(values) <= self.spread


_KINDS: dict[WindowKind, Callable[[Window, Score, Sequence[float]], bool]] = {
    "side": Window._all_on_side,
    "trend": Window._one_way,
    "range": Window._within_range,
}
