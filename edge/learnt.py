"""The learnt score: how many errors more it would cost to leave here than to go on.

Every exit has a few dozen weights, fitted at calibration (`calibration.learnt`). They read what an
exit knows of itself and of the exit before: its scores, their change, the length of the sound. The
estimate already has the price of the blocks to come taken off, so an utterance leaves as soon as
it is not above zero, be it that the last exit would do no better, or that this one does better.

It is worked out in plain numbers: for the few that there are, arrays would take ten times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge.section import Depth, Name, Section

REACH = 3.0
"""Standard deviations beyond which a sign counts no further: what calibration has hardly seen
must not decide alone."""

Transform = Literal["none", "log", "logit"]
_Numbers = Annotated[tuple[float, ...], Field(max_length=256)]


class Sign(Section):
    """A number that an exit knows about itself, and the scale on which it is read.

    `log` is ln(x + floor), `logit` is ln((x + floor) / (1 − x + floor)); `floor` keeps them finite
    at the ends of the range.
    """

    name: Name
    transform: Transform = "none"
    floor: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _finite(self) -> Self:
        if self.transform != "none" and not self.floor:
            raise ValueError(f"{self.name} has no floor, so that its logarithm may be infinite")
        return self

    def reader(self) -> Callable[[float], float]:
        """Return what transforms a value; outside of the range, it is taken for the range's end."""
        floor = self.floor

        def log(value: float) -> float:
            return math.log((0.0 if value < 0 else value) + floor)

        def logit(value: float) -> float:
            share = 0.0 if value < 0 else 1.0 if value > 1 else value
            return math.log((share + floor) / (1 - share + floor))

        readers: dict[Transform, Callable[[float], float]] = {"log": log, "logit": logit}
        return readers.get(self.transform, float)


class LearntExit(Section):
    """One exit's weights over S signs: of 2·S numbers, each sign and its change.

    These are brought to mean 0 and deviation 1 by `mean` and `scale` (both [2·S]); `linear`
    ([2·S]) and `square` ([S], of the signs alone) weigh them.
    """

    exit: Depth
    mean: _Numbers
    scale: _Numbers
    bias: float
    linear: _Numbers
    square: _Numbers


class ExitWeights:
    """The weights of one exit, sign by sign."""

    def __init__(self, weights: LearntExit) -> None:
        signs = len(weights.square)
        numbers = list(zip(weights.mean, weights.scale, weights.linear, strict=True))
        self._bias = weights.bias
        self._by_sign = [
            (*sign, square, *change)
            for sign, square, change in zip(
                numbers[:signs], weights.square, numbers[signs:], strict=True
            )
        ]

    def __call__(self, now: Sequence[float], before: Sequence[float]) -> float:
        """Return the estimate from S signs here and S at the exit before."""
        total = self._bias
        for weights, here, last in zip(self._by_sign, now, before, strict=True):
            mean, scale, linear, square, change_mean, change_scale, change_linear = weights
            sign = (here - mean) / scale
            sign = REACH if sign > REACH else -REACH if sign < -REACH else sign
            change = (here - last - change_mean) / change_scale
            change = REACH if change > REACH else -REACH if change < -REACH else change
            total += (linear + square * sign) * sign + change_linear * change
        return total
