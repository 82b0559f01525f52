"""What the speech of a calibration looked like to its scores, so that other speech can be told."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from edge.rules import LearntRule, Rule, ThresholdRule, WindowRule
from edge.section import Depth, Name, Section

MOST_BINS = 16
ALWAYS_KEPT = "entropy_nats"
"""The score that is described even if no rule goes by it: what waits for texts to agree has none of
its own that could be watched, and another's own may not follow noise."""

Count = Annotated[int, Field(ge=0)]


class ExitReference(Section):
    """A score at one exit, over the utterances of a calibration.

    `edges` ascend and are scores that occurred, about as many utterances between each two; a
    score at an edge belongs below it. `counts` are the utterances in each bin, one bin more than
    there are edges. `mean` is that of the score, `cost_s` the mean seconds from the start of an
    utterance to its text if it leaves here and every exit before was looked at.
    """

    edges: Annotated[tuple[float, ...], Field(min_length=1, max_length=MOST_BINS - 1)]
    counts: tuple[Count, ...]
    mean: float
    cost_s: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError(f"edges must ascend, but are {list(self.edges)}")
        if len(self.counts) != len(self.edges) + 1 or not sum(self.counts):
            raise ValueError(
                f"{len(self.edges)} edges need {len(self.edges) + 1} counts, not all 0"
            )
        return self

    @property
    def varies(self) -> bool:
        """Whether the score was not the same for all utterances, so that it tells any apart."""
        return sum(count > 0 for count in self.counts) > 1


class Reference(Section):
    """One score at every exit, over the utterances of a calibration."""

    score: Name
    exits: Annotated[dict[Depth, ExitReference], Field(min_length=1)]


def watched_score(rule: Rule) -> str | None:
    """Return the score by which a rule decides, of several the first; None if it goes by none."""
    match rule:
        case ThresholdRule(score=score) | WindowRule(score=score):
            return score
        case LearntRule(signs=signs):
            return signs[0].name
        case _:
            return None
