"""Policies: at an exit, leave or go on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from boards.errors import UsageError, closest
from edge.errors import ScoreError
from edge.scores import SCORES


class Scored(Protocol):
    """What a policy looks at: an exit that was reached, as `edge.step.Step`."""

    @property
    def exit(self) -> int:
        """Blocks run so far."""
        ...

    def score(self, name: str) -> float:
        """Compute a score of `edge.scores`; runs the branch if that was not done yet."""
        ...


class Policy(Protocol):
    """Decides where an utterance leaves. It has no memory: each utterance stands for itself."""

    @property
    def score(self) -> str:
        """The score by which it decides, or that it reports if it decides by none."""
        ...

    @property
    def deepest(self) -> int:
        """The exit at which every utterance has left."""
        ...

    def leaves(self, step: Scored) -> bool:
        """Tell whether to stop here."""
        ...


class FixedExit:
    """Leaves at one exit; no branch before it is run."""

    def __init__(self, exit: int, exits: Sequence[int], score: str = "entropy_nats") -> None:
        check_exit(exit, exits)
        self.deepest = exit
        self.score = check_score(score)

    def leaves(self, step: Scored) -> bool:
        """Tell whether the exit is reached."""
        return step.exit >= self.deepest


class Threshold:
    """Leaves at the first of `exits` whose score is as sure as `threshold`, or at the last.

    Raises:
        UsageError: no such score.
        ScoreError: the threshold is NaN; and from `leaves`, a score cannot be computed. It never
            goes on for want of a number.
    """

    def __init__(self, score: str, threshold: float, exits: Sequence[int]) -> None:
        if math.isnan(threshold):
            raise ScoreError(f"the threshold on {score} is NaN", "calibrate again")
        if not exits:
            raise UsageError("a threshold policy needs at least one exit")
        self.score = check_score(score)
        self.threshold = threshold
        self.exits = frozenset(exits)
        self.deepest = max(exits)

    def leaves(self, step: Scored) -> bool:
        """Compare the exit's score with the threshold; at other exits nothing is computed."""
        if step.exit >= self.deepest:
            return True
        if step.exit not in self.exits:
            return False
        value = step.score(self.score)
        if math.isnan(value):
            raise ScoreError(f"{self.score} at exit {step.exit} is NaN", "convert again")
        return SCORES[self.score].is_sure(value, self.threshold)


def check_exit(exit: int, exits: Sequence[int]) -> int:
    """Return `exit` if it is one of `exits`; raises `UsageError` that names them otherwise."""
    if exit not in exits:
        raise UsageError(
            f"there is no exit {exit}",
            f"exits of this encoder: {', '.join(map(str, exits))}",
        )
    return exit


def check_score(name: str) -> str:
    """Return `name` if there is such a score; raises `UsageError` that names them otherwise."""
    if name not in SCORES:
        raise UsageError(
            f"there is no score '{name}'", closest(name, SCORES), f"scores: {', '.join(SCORES)}"
        )
    return name
