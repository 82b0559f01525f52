"""Leave at one exit."""

from __future__ import annotations

from collections.abc import Sequence

from edge.policy.base import check_exit, check_score
from edge.scores import Scored


class FixedExit:
    """Leaves at one exit; no branch before it is run."""

    def __init__(self, exit: int, exits: Sequence[int], score: str = "entropy_nats") -> None:
        check_exit(exit, exits)
        self.deepest = exit
        self.score = check_score(score)

    def leaves(self, step: Scored) -> bool:
        """Tell whether the exit is reached."""
        return step.exit >= self.deepest
