"""Rules: policies as they stand in a file, each with what it needs to be built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from edge.policy import Agreement, FixedExit, Patience, Policy, Threshold, Window, check_exit
from edge.policy.window import WindowKind
from edge.scores import SCORES


def _known_score(name: str) -> str:
    if name not in SCORES:
        raise ValueError(f"there is no score '{name}', but {', '.join(SCORES)}")
    return name


class Section(BaseModel):
    """A part of a calibration file: nothing unknown in it, and no number that is none."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


Depth = Annotated[int, Field(gt=0)]
ScoreName = Annotated[str, AfterValidator(_known_score)]
Rate = Annotated[float, Field(ge=0, lt=1)]


class FixedRule(Section):
    """Leave at one exit, whatever its score."""

    kind: Literal["fixed"] = "fixed"
    exit: Depth

    @property
    def named_exits(self) -> tuple[int, ...]:
        """The exits that an encoder must have for it."""
        return (self.exit,)

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
    score: ScoreName
    threshold: float

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Threshold(self.score, self.threshold, self._allowed(exits))


class AgreementRule(_AmongExits):
    """Leave at the first of `exits` whose text is within `rate` edits a symbol of the one before.

    Without `exits`, these are all that the encoder has.
    """

    kind: Literal["agreement"] = "agreement"
    rate: Rate

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

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits; raises `UsageError` as that does."""
        return Patience(self.times, exits, self.tolerance)


class WindowRule(_AmongExits):
    """Leave by a threshold, or by the scores of the last exits: see `edge.policy.Window`.

    Without `exits`, it may leave at all that the encoder has.
    """

    kind: Literal["window"] = "window"
    score: ScoreName
    threshold: float
    side: float
    length: Annotated[int, Field(ge=2)]
    window: WindowKind
    spread: Annotated[float, Field(ge=0)] = 0.0

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


Rule = FixedRule | ThresholdRule | AgreementRule | PatienceRule | WindowRule
"""Told apart by `kind`."""
