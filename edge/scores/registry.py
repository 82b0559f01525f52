"""All scores by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.posteriors import LogProbs, Probs
from edge.scores import change, frames, symbols
from edge.scores.language import unseen_ngrams
from edge.scores.reading import Reading
from edge.scores.sentence import COLLAPSED, nbest_posterior
from edge.scores.units import unit_entropy_nats

UNIT_ENTROPY = "unit_entropy_nats"
"""The score that only encoders with branches for units have."""
UNSEEN_NGRAMS = "unseen_ngrams"
"""The score that only bundles have that know the text which their encoder learnt from."""


@dataclass(frozen=True)
class Score:
    """A score's name, how it is computed, and which way it points.

    `surest` is the surest value that there is, None where the encoder decides.
    """

    name: str
    of: Callable[[Reading], float]
    lower_is_surer: bool
    surest: float | None = None

    def is_sure(self, value: float, threshold: float) -> bool:
        """Tell whether `value` is at least as sure as `threshold`."""
        return value <= threshold if self.lower_is_surer else value >= threshold

    def can_reach(self, threshold: float) -> bool:
        """Tell whether any value is as sure as `threshold`: if not, it never fires."""
        return self.surest is None or self.is_sure(self.surest, threshold)


def _of_frames(score: Callable[[LogProbs, Probs], float]) -> Callable[[Reading], float]:
    return lambda reading: score(reading.log_probs, reading.probs)


def _low(name: str, score: Callable[[LogProbs, Probs], float]) -> Score:
    return Score(name, _of_frames(score), lower_is_surer=True, surest=0.0)


def _high(name: str, score: Callable[[LogProbs, Probs], float], surest: float = 1.0) -> Score:
    return Score(name, _of_frames(score), lower_is_surer=False, surest=surest)


SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        _low("entropy_nats", frames.entropy_nats),
        _low("entropy_per_symbol", frames.entropy_per_symbol),
        _low("entropy_normalised", frames.entropy_normalised),
        _low("nonblank_entropy_nats", frames.nonblank_entropy_nats),
        _low("nonblank_entropy_per_symbol", frames.nonblank_entropy_per_symbol),
        _low("nonblank_entropy_normalised", frames.nonblank_entropy_normalised),
        _high("mean_max_probability", frames.mean_max_probability),
        _high("low_decile_max_probability", frames.low_decile_max_probability),
        _high("mean_margin", frames.mean_margin),
        Score("least_symbol_probability", symbols.least_symbol_probability, False, surest=1.0),
        Score("expected_symbol_errors", symbols.expected_symbol_errors, True, surest=0.0),
        _high("nbest_posterior", nbest_posterior, surest=COLLAPSED),
        Score("edit_rate", change.edit_rate, lower_is_surer=True, surest=0.0),
        Score("stable_exits", change.stable_exits, lower_is_surer=False),
        Score("nearly_stable_exits", change.nearly_stable_exits, lower_is_surer=False),
        Score("entropy_drop", change.entropy_drop, lower_is_surer=True),
        Score(UNSEEN_NGRAMS, unseen_ngrams, lower_is_surer=True, surest=0.0),
        Score(UNIT_ENTROPY, unit_entropy_nats, lower_is_surer=True, surest=0.0),
    )
}
