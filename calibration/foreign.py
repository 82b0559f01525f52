"""Exit tables from elsewhere: which way their scores point, and what else they tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from rapidfuzz.distance import Levenshtein

from boards.errors import UsageError
from calibration.table import ExitTable, Floats
from edge.scores import SCORES
from edge.signs import SIGNS

GUARDED = " (guarded)"
"""Added to the name of a posterior whose collapsed values count for nothing."""

_COLLAPSED = 1 - 1e-7
"""A posterior over N-best hypotheses that is as near to 1 had a single hypothesis: it says nothing
of the text, and such utterances leave first."""
_CONSTANT = 1e-3


def completed(table: ExitTable, surer: Mapping[str, bool] | None = None) -> ExitTable:
    """Return a table with all that can be worked out from its columns.

    Which way a score points is taken from `surer` (name → whether low is sure), from what is known
    of scores of ours, or found on the utterances of split `cal`: from how it goes with the errors.
    Added are: how much the text changed since the exit before (`edit_rate`), if the texts are
    there; a posterior without its collapsed values, if some are; the cost as a sign of length.
    """
    scores = dict(table.scores)
    if "edit_rate" not in scores and (table.text != "").any():
        scores["edit_rate"] = _edit_rates(table)
    cal = table.where(table.split == "cal") if (table.split == "cal").any() else table
    lower = {
        name: _is_surer_low(values, cal)
        for name, values in cal.scores.items()
        if name not in {*SCORES, *SIGNS}
    }
    for name, low in (surer or {}).items():
        table.score(name)
        lower[name] = low
    for name, values in table.scores.items():
        if name not in {*SCORES, *SIGNS} and not lower[name] and _collapses(values):
            scores[name + GUARDED] = np.where(values >= _COLLAPSED, 0.0, values)
            lower[name + GUARDED] = False
    if (table.duration_s > 0).all() and "sound_s" not in scores:
        scores["sound_s"] = np.repeat(table.duration_s[:, None], len(table.exits), axis=1)
    elif np.ptp(table.cost[:, -1]) > _CONSTANT * table.cost[:, -1].mean():
        scores.setdefault("cost", table.cost)
    return replace(table, scores=scores, lower_is_surer=lower)


def parse_surer(options: Iterable[str]) -> dict[str, bool]:
    """Return name → whether low is sure, from texts such as `margin=high`.

    Raises:
        UsageError: one is not of this form.
    """
    ways = {"low": True, "high": False}
    parsed = {}
    for option in options:
        name, found, way = option.rpartition("=")
        if not found or not name or way not in ways:
            raise UsageError(f"--surer {option}: is not SCORE=low or SCORE=high")
        parsed[name] = ways[way]
    return parsed


def _is_surer_low(values: Floats, table: ExitTable) -> bool:
    """Tell whether low values go with few errors, by rank correlation at each exit.

    Within an exit, so that what merely grows with depth, as sureness does, does not decide.
    """
    rate = table.errors / np.maximum(1, table.words)[:, None]
    together = [
        np.cov(_ranks(values[:, column]), _ranks(rate[:, column]))[0, 1]
        for column in range(values.shape[1])
        if len(values) > 1
    ]
    return bool(np.sum(together) >= 0)


def _ranks(values: Floats) -> Floats:
    """Return the rank of each value, from 0, equal values sharing theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count + 1) / 2)[place])


def _collapses(values: Floats) -> bool:
    collapsed = values >= _COLLAPSED
    return bool(values.min() >= 0 and values.max() <= 1 and 0 < collapsed.mean() < 1)


def _edit_rates(table: ExitTable) -> Floats:
    """Return `edge.scores.change.edit_rate` for texts: of characters, 1 at the first exit."""
    rates = np.ones(table.errors.shape)
    for column in range(1, len(table.exits)):
        for row, (before, here) in enumerate(table.text[:, column - 1 : column + 1]):
            if before or here:
                rates[row, column] = Levenshtein.normalized_distance(str(before), str(here))
    return rates
