"""Every threshold that one score allows, and what each comes to, by one sort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.outcome import Outcome, full_depth
from calibration.table import ExitTable, Floats, Ints


@dataclass(frozen=True, eq=False)
class Sweep:
    """K choices of a threshold, from never leaving early to leaving wherever possible. All [K].

    A choice is: leave at the first exit whose doubt is at most `limit`, or at the last exit. The
    doubt is the score where lower is surer, and its negative where higher is.
    """

    limit: Floats
    """Between two doubts that occur; −∞ first."""
    errors: Floats
    """Word errors, all utterances together."""
    depth: Floats
    """Mean exit, in blocks."""
    cost: Floats
    """Mean seconds, with the branches of all exits that were looked at."""
    increase: Floats
    """WER over full depth, in points."""
    deviation: Floats
    """Standard error of `increase`, in points."""


def sweep(table: ExitTable, doubt: Floats, full: Outcome | None = None) -> Sweep:
    """Try every threshold on `doubt` ([U, E], lower is surer; the last column plays no part).

    `full` is what the increase is counted from: by default, the table's own last exit.

    As the limit rises past a doubt that is lower than all before it in its utterance, that
    utterance leaves there instead of later. So the sums over all utterances follow from the
    sorted doubts by adding up what each such event changes: O(U·E·log(U·E)), and exact.
    """
    row, column, later = _events(doubt)
    moved = doubt[row, column]
    order = np.argsort(moved, kind="stable")
    row, column, later, moved = row[order], column[order], later[order], moved[order]
    # Utterances with the same doubt move together: `steps` counts the events up to each limit.
    last_of_limit = np.flatnonzero(np.diff(moved, append=np.inf))
    steps = np.append(0, last_of_limit + 1)

    def total(values: Floats) -> Floats:
        """Return [K]: the sum over the utterances of `values`, [U, E], at each limit."""
        changes = values[row, column] - values[row, later]
        return np.asarray(values[:, -1].sum() + np.append(0.0, np.cumsum(changes))[steps])

    full = full or full_depth(table)
    words = table.words.astype(np.float64)
    more = table.errors - full.errors[:, None]
    added = total(more)
    ratio = added / words.sum()
    # Variance of a ratio of sums, from its residuals (Cochran 1977, section 2.11).
    residuals = (
        total(np.square(more))
        - 2 * ratio * total(more * words[:, None])
        + ratio**2 * np.square(words).sum()
    )
    variance = np.maximum(0, residuals) * len(table) / max(1, len(table) - 1)
    return Sweep(
        limit=_between(moved[last_of_limit]),
        errors=added + full.errors.sum(),
        depth=total(table.depth) / len(table),
        cost=total(table.cost) / len(table),
        increase=100 * ratio,
        deviation=100 * np.sqrt(variance) / words.sum(),
    )


def _events(doubt: Floats) -> tuple[Ints, Ints, Ints]:
    """Return row, column and the column it was at before, of every change of exit. All [K].

    An utterance can leave at a column only if its doubt there is lower than at all columns
    before; as the limit rises, it moves from the deepest of these to the shallowest.
    """
    early = doubt[:, :-1]
    before = np.minimum.accumulate(early, axis=1)
    lowest = np.ones(early.shape, dtype=np.bool_)
    lowest[:, 1:] = early[:, 1:] < before[:, :-1]
    row, column = np.nonzero(lowest)
    last = np.full(len(row), doubt.shape[1] - 1)
    last[:-1] = np.where(row[1:] == row[:-1], column[1:], last[:-1])
    return row, column, last


def _between(doubts: Floats) -> Floats:
    """Return −∞ and, for each of the ascending `doubts`, a limit between it and the next.

    A limit in the middle lets a board's rounding differ from ours without a change of exit.
    """
    following = np.append(doubts[1:], doubts[-1:])
    middle = doubts + (following - doubts) / 2
    return np.append(-np.inf, np.where(middle < following, middle, doubts))
