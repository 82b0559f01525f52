"""Rules: policies as they stand in a file, each with what it needs to be built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from edge.learnt import LearntExit, Sign
from edge.policy import (
    Agreement,
    FixedExit,
    Learnt,
    Patience,
    Policy,
    Threshold,
    Window,
    check_exit,
)
from edge.policy.window import WindowKind
from edge.scores import SCORES
from edge.section import Depth, Name, Section
from edge.signs import SIGNS


def _known_score(name: str) -> str:
    if name not in SCORES:
        raise ValueError(f"there is no score '{name}', but {', '.join(SCORES)}")
    return name


ScoreName = Annotated[str, AfterValidator(_known_score)]
"""The name of a score that an encoder's exits have; rules for tables from elsewhere know others."""
Rate = Annotated[float, Field(ge=0, lt=1)]


class FixedRule(Section):
    """Leave at one exit, whatever its score."""

    kind: Literal["fixed"] = "fixed"
    exit: Depth

    @property
    def named_exits(self) -> tuple[int, ...]:
        """The exits that an encoder must have for it."""
        return (self.exit,)

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return ()

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return FixedExit(self.exit, exits)


class _AmongExits(Section):
    """What may leave at some exits only; without `exits`, at all that the encoder has."""

    exits: Annotated[tuple[Depth, ...], Field(min_length=1)] | None = None

    @property
    def named_exits(self) -> tuple[int, ...]:
        """The exits that an encoder must have for it."""
        return self.exits or ()

    def _allowed(self, exits: Sequence[int]) -> Sequence[int]:
        return [check_exit(exit, exits) for exit in self.named_exits] or exits


class ThresholdRule(_AmongExits):
    """Leave at the first of `exits` whose score is as sure as the threshold, or at the last one.

    Without `exits`, these are all that the encoder has.
    """

    kind: Literal["threshold"] = "threshold"
    score: Name
    threshold: float

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return (self.score,)

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Threshold(self.score, self.threshold, self._allowed(exits))


class AgreementRule(_AmongExits):
    """Leave at the first of `exits` whose text is within `rate` edits a symbol of the one before.

    Without `exits`, these are all that the encoder has.
    """

    kind: Literal["agreement"] = "agreement"
    rate: Rate

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return ("edit_rate",)

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Agreement(self.rate, self._allowed(exits))


class PatienceRule(Section):
    """Leave once the text has agreed with the exit before so many times in a row."""

    kind: Literal["patience"] = "patience"
    times: Annotated[int, Field(ge=1)]
    tolerance: Rate = 0.0

    @property
    def named_exits(self) -> tuple[int, ...]:
        """The exits that an encoder must have for it."""
        return ()

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return ("edit_rate",)

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Patience(self.times, exits, self.tolerance)


class WindowRule(_AmongExits):
    """Leave by a threshold, or by the scores of the last exits: see `edge.policy.Window`.

    Without `exits`, it may leave at all that the encoder has.
    """

    kind: Literal["window"] = "window"
    score: Name
    threshold: float
    side: float
    length: Annotated[int, Field(ge=2)]
    window: WindowKind
    spread: Annotated[float, Field(ge=0)] = 0.0

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return (self.score,)

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Window(
            self.score,
            self.threshold,
            self.side,
            self.length,
            self.window,
            self._allowed(exits),
            self.spread,
        )


class LearntRule(Section):
    """Leave at the first exit where going on is not expected to be worth it, or at the last.

    `price` is what a second of running was worth in word errors when it was fitted.
    """

    kind: Literal["learnt"] = "learnt"
    signs: Annotated[tuple[Sign, ...], Field(min_length=1, max_length=64)]
    exits: Annotated[tuple[LearntExit, ...], Field(min_length=1)]
    last: Depth
    price: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        signs = len(self.signs)
        for exit in self.exits:
            lengths = [len(exit.mean), len(exit.scale), len(exit.linear), 2 * len(exit.square)]
            if lengths != [2 * signs] * 4:
                raise ValueError(f"exit {exit.exit} has not 2 × {signs} weights, or scales")
            if min(exit.scale) <= 0:
                raise ValueError(f"exit {exit.exit} has a scale that is not above 0")
        numbers = [exit.exit for exit in self.exits]
        if numbers != sorted(set(numbers)) or numbers[-1] >= self.last:
            raise ValueError(f"exits {numbers} must ascend and lie before the last, {self.last}")
        return self

    @property
    def named_exits(self) -> tuple[int, ...]:
        """The exits that an encoder must have for it."""
        return (*(exit.exit for exit in self.exits), self.last)

    @property
    def named_scores(self) -> tuple[str, ...]:
        """The scores and signs that it reads."""
        return tuple(sign.name for sign in self.signs)

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        for exit in self.named_exits:
            check_exit(exit, exits)
        return Learnt(self.signs, self.exits, self.last)


Rule = FixedRule | ThresholdRule | AgreementRule | PatienceRule | WindowRule | LearntRule
"""Told apart by `kind`."""


def check_names(rule: Rule) -> Rule:
    """Return a rule that reads no other numbers than an encoder's exits have; else ValueError."""
    match rule:
        case LearntRule(signs=signs):
            unknown = [sign.name for sign in signs if sign.name not in {*SCORES, *SIGNS}]
            if unknown:
                raise ValueError(f"there is no score or sign '{unknown[0]}'")
        case ThresholdRule(score=score) | WindowRule(score=score):
            _known_score(score)
    return rule
