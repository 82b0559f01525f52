"""Leave where the exit before said the same."""

from __future__ import annotations

from collections.abc import Sequence

from boards.errors import UsageError
from edge.policy.threshold import Threshold


class Agreement(Threshold):
    """Leaves at the first of `exits` with at most `rate` edits for each symbol since the last one.

    The first exit of the encoder has nothing to agree with.

    Raises:
        UsageError: the rate is not from 0 up to 1, where everything would agree.
        ScoreError: it is NaN.
    """

    def __init__(self, rate: float, exits: Sequence[int]) -> None:
        if rate >= 1:
            raise UsageError(f"an edit rate of {rate:g} is agreed on by any two texts")
        super().__init__("edit_rate", rate, exits)
