"""What every policy is compared with: the random mix of fixed exits, and the oracle.

Both are exact expectations, not simulations, and both run no branch but the one they leave at.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from calibration.curve import Curve, lower_hull
from calibration.outcome import Outcome, fixed_exit, leaving_at
from calibration.table import ExitTable, Floats

Axis = Literal["depth", "cost"]
"""What is to be spent least: blocks, or measured seconds."""

_ROUNDING = 1e-6
"""Errors; a WER that was computed from whole errors must be reached again."""


def spending(table: ExitTable, axis: Axis) -> Floats:
    """Return [U, E]: what leaving there spends."""
    return table.depth if axis == "depth" else table.cost_alone


def fixed_exits(table: ExitTable) -> list[Outcome]:
    """Return the outcome of each exit, used for all utterances."""
    return [fixed_exit(table, column) for column in range(len(table.exits))]


@dataclass(frozen=True, eq=False)
class RandomMix:
    """Tossing a coin between two fixed exits for every utterance: the line to beat.

    A policy that knows nothing of an utterance can reach every point on the lower convex hull of
    the fixed exits, and none below it.
    """

    table: ExitTable
    curve: Curve
    columns: list[int]
    """The exits on the hull, by ascending cost."""

    @classmethod
    def of(cls, table: ExitTable, axis: Axis) -> RandomMix:
        """Build the line over mean exit or over mean cost."""
        wer = 100 * table.errors.sum(axis=0) / table.words.sum()
        mean = spending(table, axis).mean(axis=0)
        columns = lower_hull(mean, wer)
        return cls(table, Curve(mean[columns], wer[columns]), columns)

    def at_wer(self, wer: float) -> Outcome | None:
        """Return the cheapest mix that is not above `wer` percent; None if there is none."""
        if self.curve.wer[-1] > wer:
            return None
        position = float(np.interp(-wer, -self.curve.wer, np.arange(len(self.columns))))
        below = int(position)
        share = position - below
        left = fixed_exit(self.table, self.columns[below])
        if not share:
            return left
        right = fixed_exit(self.table, self.columns[below + 1])
        return Outcome(
            errors=(1 - share) * left.errors + share * right.errors,
            depth=(1 - share) * left.depth + share * right.depth,
            cost=(1 - share) * left.cost + share * right.cost,
        )


@dataclass(frozen=True, eq=False)
class _Move:
    """Taking one utterance from a deeper to a shallower column, for more errors."""

    row: int
    deeper: int
    shallower: int
    saved: float
    errors: int


class Oracle:
    """Knows the errors of every exit beforehand: the line that no policy can pass.

    Left to itself it takes, for each utterance, the cheapest of the exits with the fewest
    errors. When more errors are allowed, it takes them where they save most for each error. That
    is the relaxation of a multiple-choice knapsack, solved exactly by the greedy on each
    utterance's convex hull (Sinha and Zoltners 1979); at most one utterance is left to a coin.
    """

    def __init__(self, table: ExitTable, axis: Axis) -> None:
        self.table = table
        self._spending = spending(table, axis)
        fewest = table.errors == table.errors.min(axis=1, keepdims=True)
        self._start = np.argmin(np.where(fewest, self._spending, np.inf), axis=1)
        moves = [move for row in range(len(table)) for move in self._moves_of(row)]
        self._moves = sorted(moves, key=lambda move: -move.saved / move.errors)

    def _moves_of(self, row: int) -> list[_Move]:
        spent, errors = self._spending[row], self.table.errors[row]
        hull = lower_hull(spent, errors.astype(np.float64))[::-1]
        return [
            _Move(row, a, b, float(spent[a] - spent[b]), int(errors[b] - errors[a]))
            for a, b in pairwise(hull)
        ]

    @property
    def best(self) -> Outcome:
        """The fewest errors that can be had, and what they cost at least."""
        return leaving_at(self.table, self._start, looked=False)

    @property
    def curve(self) -> Curve:
        """The whole line, from always leaving at once to `best`."""
        saved = np.cumsum([0.0] + [move.saved for move in self._moves])
        added = np.cumsum([0] + [move.errors for move in self._moves])
        rows = np.arange(len(self.table))
        cost = (self._spending[rows, self._start].sum() - saved) / len(self.table)
        errors = self.table.errors[rows, self._start].sum() + added
        return Curve(cost[::-1], (100 * errors / self.table.words.sum())[::-1])

    def at_wer(self, wer: float) -> Outcome | None:
        """Return the cheapest choice that is not above `wer` percent; None if there is none."""
        outcome = self.best
        left = wer / 100 * self.table.words.sum() - outcome.errors.sum()
        if left < -_ROUNDING:
            return None
        for move in self._moves:
            share = min(1.0, left / move.errors)
            if share <= 0:
                break
            left -= move.errors
            a, b = (move.row, move.deeper), (move.row, move.shallower)
            for values, source in (
                (outcome.errors, self.table.errors),
                (outcome.depth, self.table.depth),
                (outcome.cost, self.table.cost_alone),
            ):
                values[move.row] += share * (source[b] - source[a])
        return outcome
