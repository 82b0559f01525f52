"""What all policies are, and what they check."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from boards.errors import UsageError, closest
from edge.errors import ScoreError
from edge.scores import SCORES, Scored


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


def value_at(step: Scored, score: str) -> float:
    """Return a score of an exit; raises `ScoreError` if it is NaN, which must never go on."""
    value = step.score(score)
    if math.isnan(value):
        raise ScoreError(f"{score} at exit {step.exit} is NaN", "convert again")
    return value


def check_exit(exit: int, exits: Sequence[int]) -> int:
    """Return `exit` if it is one of `exits`; raises `UsageError` that names them otherwise."""
    if exit not in exits:
        raise UsageError(
            f"there is no exit {exit}",
            f"exits of this encoder: {', '.join(map(str, exits))}",
        )
    return exit


def check_exits(exits: Sequence[int]) -> frozenset[int]:
    """Return the exits to look at; raises `UsageError` if there are none."""
    if not exits:
        raise UsageError("a policy needs at least one exit")
    return frozenset(exits)


def check_score(name: str) -> str:
    """Return `name` if there is such a score; raises `UsageError` that names them otherwise."""
    if name not in SCORES:
        raise UsageError(
            f"there is no score '{name}'", closest(name, SCORES), f"scores: {', '.join(SCORES)}"
        )
    return name


def check_threshold(threshold: float, score: str) -> float:
    """Return a threshold that a score can reach.

    Raises:
        ScoreError: it is NaN.
        UsageError: no value of the score is as sure, so that it would never fire.
    """
    if math.isnan(threshold):
        raise ScoreError(f"the threshold on {score} is NaN", "calibrate again")
    if not SCORES[score].can_reach(threshold):
        end = f"down to {SCORES[score].surest:g}, the lower the surer"
        if not SCORES[score].lower_is_surer:
            end = f"up to {SCORES[score].surest:.9g}, the higher the surer"
        raise UsageError(
            f"a threshold of {threshold:g} on {score} never fires",
            f"{score} goes {end}",
            "for full depth say so: a fixed exit, the last one",
        )
    return threshold
