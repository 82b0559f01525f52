"""Leave when the text has not changed for a while."""

from __future__ import annotations

from collections.abc import Sequence

from boards.errors import UsageError
from edge.policy.base import check_exits, value_at
from edge.scores import Scored
from edge.scores.change import stable_exits


class Patience:
    """Leaves once the text has not changed for `times` exits in a row, or at the last exit.

    PABEE (arXiv 2006.04152); for texts, which are rarely the same to the letter, `tolerance` is
    the edit rate that is taken for no change. It reports that rate as its score.

    Args:
        times: how often the text must agree with the exit before.
        exits: all of the encoder.
        tolerance: edits for each symbol, from 0 up to 1.

    Raises:
        UsageError: the tolerance is out of range, or `times` is 0, or more than there is room for
            before the last exit, so that it would never leave early.
    """

    score = "edit_rate"

    def __init__(self, times: int, exits: Sequence[int], tolerance: float = 0.0) -> None:
        self.deepest = max(check_exits(exits))
        if not 0 <= tolerance < 1:
            raise UsageError(f"a tolerance of {tolerance:g} is not from 0 up to 1")
        if not 1 <= times <= len(exits) - 2:
            raise UsageError(
                f"a patience of {times} never leaves early among {len(exits)} exits",
                f"patience here is from 1 to {len(exits) - 2}"
                if len(exits) > 2
                else "the encoder has too few exits for it",
            )
        self.times = times
        self.tolerance = tolerance

    def leaves(self, step: Scored) -> bool:
        """Count the exits, up to this one, that agreed."""
        if step.exit >= self.deepest:
            return True
        value_at(step, self.score)
        return stable_exits(step, self.tolerance) >= self.times
