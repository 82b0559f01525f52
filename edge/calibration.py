"""`calibration/BOARD.json`: operating points that were fitted for one bundle on one board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, ValidationError

from boards.errors import UsageError, closest
from boards.validation import describe
from edge import sealed
from edge.errors import CalibrationError
from edge.folded import fold, unfold
from edge.manifest import Manifest
from edge.policy import Policy
from edge.reference import Reference
from edge.rules import FixedRule, Rule, ThresholdRule, check_names
from edge.section import Section

__all__ = ["Calibration", "FixedRule", "OperatingPoint", "ThresholdRule"]

FORMAT: Final = 1

_AGAIN = "calibrate again: eedge calibrate"


class Guarantee(Section):
    """At most `epsilon` points more WER than full depth, with probability 1 − `delta`.

    That is over the draw of `utterances`, on which it was tested, from the speech to come. Of an
    utterance's word errors over full depth at most `most_counted` count. How it is tested:
    `calibration.guarantee`.
    """

    epsilon: Annotated[float, Field(ge=0)]
    delta: Annotated[float, Field(gt=0, lt=1)]
    utterances: Annotated[int, Field(gt=0)]
    most_counted: Annotated[int, Field(gt=0)]


class OperatingPoint(Section):
    """A policy with its thresholds, what it loses and what it costs.

    `budget` is the loss in WER that was allowed (points over the last exit), `wer`, `wer_low`
    and `wer_high` what was found (percent, and its confidence interval), `mean_exit` is in
    blocks, `cost_s` the mean time of an utterance, `shares` the part of the utterances that left
    at each exit. A point without a `guarantee` is expected to keep its budget, no more.
    `threshold` is the best one on a single score for the same budget, where the rule itself has
    none: it is what adapting goes by.
    """

    name: Annotated[str, Field(pattern=r"^[\w.+-]+$", max_length=64)]
    rule: Annotated[Rule, Field(discriminator="kind", alias="policy"), AfterValidator(check_names)]
    budget: float | None = None
    wer: Annotated[float, Field(ge=0)]
    wer_low: Annotated[float, Field(ge=0)]
    wer_high: Annotated[float, Field(ge=0)]
    mean_exit: Annotated[float, Field(ge=0)]
    cost_s: Annotated[float, Field(ge=0)]
    shares: dict[int, float] = Field(default_factory=dict)
    guarantee: Guarantee | None = None
    threshold: ThresholdRule | None = None

    @property
    def adaptable(self) -> ThresholdRule | None:
        """The threshold that adapting begins with, if there is one."""
        return self.rule if isinstance(self.rule, ThresholdRule) else self.threshold

    def policy(self, exits: Sequence[int]) -> Policy:
        """Build the policy for an encoder with these exits.

        Raises:
            UsageError: it names an exit that is not among them, or would never fire.
        """
        return self.rule.policy(exits)


def _unique(points: tuple[OperatingPoint, ...]) -> tuple[OperatingPoint, ...]:
    if len({point.name for point in points}) != len(points):
        raise ValueError("two operating points have the same name")
    return points


class Calibration(Section):
    """Operating points, from the fullest to the least, and what they hold for.

    `measured` is false where the costs are an estimate from the board's file; `conditions` say
    how it was measured (data, threads, versions, CPU). `references` say what the scores that
    points set a threshold on were on its speech.
    """

    format: Literal[1] = FORMAT
    bundle: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    board: Annotated[str, Field(min_length=1)]
    recipe: Annotated[str, Field(min_length=1)]
    vocabulary: Annotated[int, Field(ge=2)]
    units: Annotated[str, Field(min_length=1)]
    measured: bool
    conditions: dict[str, JsonValue]
    points: Annotated[tuple[OperatingPoint, ...], Field(min_length=1), AfterValidator(_unique)]
    references: tuple[Reference, ...] = ()

    def point(self, name: str) -> OperatingPoint:
        """Return an operating point by its name; raises `UsageError` if there is none such."""
        for point in self.points:
            if point.name == name:
                return point
        names = [point.name for point in self.points]
        raise UsageError(
            f"board '{self.board}' has no operating point '{name}'",
            closest(name, names),
            f"operating points: {', '.join(names)}",
        )

    def reference(self, score: str) -> Reference | None:
        """Return what a score was on the speech of the calibration, if that was kept."""
        return next((known for known in self.references if known.score == score), None)

    def write(self, path: Path) -> None:
        """Write it with its own checksum, whole or not at all; makes the folder if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        sealed.write(path, fold(self.model_dump(mode="json")))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a calibration.

        Raises:
            CalibrationError: it cannot be read, was changed, or says what is not allowed.
        """
        try:
            content = unfold(sealed.read(path))
        except OSError as error:
            raise CalibrationError(f"{path}: cannot be read: {error.strerror}", _AGAIN) from error
        except (ValueError, RecursionError) as error:
            raise CalibrationError(f"{path}: {error}", _AGAIN) from error
        if content.get("format") != FORMAT:
            raise CalibrationError(
                f"{path}: is of format {content.get('format')!r}, this eedge reads {FORMAT}",
                "update eedge, if the calibration is newer",
                _AGAIN,
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            what, hints = describe(error, cls)
            raise CalibrationError(f"{path}: is not right: {what}", *hints, _AGAIN) from error

    def check_fits(self, manifest: Manifest, board: str, path: Path) -> None:
        """Refuse a calibration that was fitted for something else.

        Raises:
            CalibrationError: naming what differs; `path` is where it was read from.
        """
        fitted: dict[str, tuple[str | int, str | int]] = {
            "board": (self.board, board),
            "recipe": (self.recipe, manifest.recipe),
            "vocabulary": (self.vocabulary, manifest.vocabulary),
            "units": (self.units, manifest.units),
            "bundle": (self.bundle, manifest.identity),
        }
        for what, (then, now) in fitted.items():
            if then != now:
                raise CalibrationError(
                    f"{path}: was fitted for {what} {_short(then)}, not for {_short(now)}", _AGAIN
                )
        for point in self.points:
            for exit in point.rule.named_exits:
                if exit not in manifest.exits:
                    raise CalibrationError(
                        f"{path}: point '{point.name}' leaves at exit {exit}, "
                        f"the bundle has {', '.join(map(str, manifest.exits))}",
                        _AGAIN,
                    )


def _short(value: str | int) -> str:
    return value[:12] if isinstance(value, str) else str(value)
