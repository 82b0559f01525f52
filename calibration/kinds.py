"""Which criteria are fitted to a table."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from calibration.criteria import Criterion, LearntCriterion, ThresholdCriterion
from calibration.crossfit import learnt_paths
from calibration.errors import TableError
from calibration.fit import CONFIDENCE
from calibration.table import ExitTable
from edge.scores import UNSEEN_NGRAMS
from edge.signs import SIGNS

UNITS = (
    ("entropy_nats", "entropy_per_symbol", "entropy_normalised"),
    ("nonblank_entropy_nats", "nonblank_entropy_per_symbol", "nonblank_entropy_normalised"),
)
"""Scores that say the same, each in another unit."""

_PAIRED = 4
"""Scores of which each pair is tried; more pairs would take long and win little."""

LENGTHS = ("sound_s", "cost")
"""Signs of an utterance's length, where a table has them: what is long has more errors to gain."""


def is_score(name: str) -> bool:
    """Tell whether a column says how sure an exit is; signs say other things about it."""
    return name not in {*SIGNS, *LENGTHS}


def candidates(table: ExitTable) -> list[str]:
    """Return the scores among which a policy is chosen: all that vary, and each in one unit.

    Raises:
        TableError: there is none.
    """
    repeated = {
        name for same in UNITS for name in [each for each in same if each in table.scores][1:]
    }
    found = [name for name in table.scores if is_score(name) and name not in repeated]
    if not found:
        raise TableError(
            "the exit table has no score",
            "give each score a column of its own, such as entropy_nats",
        )
    return [name for name in found if np.ptp(table.scores[name])] or found[:1]


def sign_sets(table: ExitTable) -> list[list[str]]:
    """Return the sets of signs that a learnt score may read, of which calibration takes the best.

    Each score with the length, each pair of scores with it, and all scores with it. Whether a text
    reads like language is another thing than how sure an exit is of it: where that is known, it is
    in every set.
    """
    always = [name for name in (UNSEEN_NGRAMS,) if name in table.scores]
    always += [name for name in LENGTHS if name in table.scores][:1]
    scores = [name for name in candidates(table) if name not in always]
    few = [*combinations(scores, 1), *combinations(scores[:_PAIRED], 2)]
    sets = [[*some, *always] for some in few] or [always]
    return sets if len(scores) < 3 else [*sets, [*scores, *always]]


def criteria(table: ExitTable, confidence: float = CONFIDENCE) -> list[Criterion]:
    """Fit every criterion that a policy may be chosen from: the learnt score, and thresholds.

    Raises:
        TableError: there is no score, or one utterance only, which has no spread.
    """
    thresholds = [ThresholdCriterion(table, score, confidence) for score in candidates(table)]
    paths = learnt_paths(table, sign_sets(table))
    return [*([LearntCriterion(paths, confidence)] if paths else []), *thresholds]


def compared(table: ExitTable, chosen_from: list[Criterion]) -> list[Criterion]:
    """Return `chosen_from` and a threshold on every other score of the table that varies."""
    names = {criterion.name for criterion in chosen_from}
    others = [
        name
        for name, values in table.scores.items()
        if is_score(name) and name not in names and np.ptp(values)
    ]
    return [*chosen_from, *(ThresholdCriterion(table, name, CONFIDENCE) for name in others)]
