"""Leave where a score is sure enough."""

from __future__ import annotations

from collections.abc import Sequence

from edge.policy.base import check_exits, check_score, check_threshold, value_at
from edge.scores import SCORES, Scored


class Threshold:
    """Leaves at the first of `exits` whose score is as sure as `threshold`, or at the last.

    Raises:
        UsageError: there is no such score, or none of its values is as sure as the threshold.
        ScoreError: the threshold is NaN; and from `leaves`, a score cannot be computed. It never
            goes on for want of a number.
    """

    def __init__(self, score: str, threshold: float, exits: Sequence[int]) -> None:
        self.score = check_score(score)
        self.threshold = check_threshold(threshold, score)
        self.exits = check_exits(exits)
        self.deepest = max(exits)

    def leaves(self, step: Scored) -> bool:
        """Compare the exit's score with the threshold; at other exits nothing is computed."""
        if step.exit >= self.deepest:
            return True
        if step.exit not in self.exits:
            return False
        return SCORES[self.score].is_sure(value_at(step, self.score), self.threshold)
