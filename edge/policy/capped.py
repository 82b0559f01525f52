"""Leave as another policy does, but no later than at one exit: what a governor may ask for."""

from __future__ import annotations

from collections.abc import Sequence

from boards.errors import UsageError
from edge.policy.base import Policy
from edge.scores import Scored


class Capped:
    """`policy`, with no more than `most` blocks.

    Raises:
        UsageError: no exit is that shallow.
    """

    def __init__(self, policy: Policy, most: int, exits: Sequence[int]) -> None:
        within = [exit for exit in exits if exit <= most]
        if not within:
            raise UsageError(
                f"no exit comes after {most} blocks or fewer",
                f"exits of this encoder: {', '.join(map(str, exits))}",
            )
        self._policy = policy
        self.deepest = min(max(within), policy.deepest)

    @property
    def score(self) -> str:
        """The score by which the policy decides."""
        return self._policy.score

    def leaves(self, step: Scored) -> bool:
        """Leave at the cap; before it, as the policy does."""
        return self._policy.leaves(step) or step.exit >= self.deepest
