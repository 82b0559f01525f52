"""What a way of choosing exits would have done with every utterance of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.table import ExitTable, Floats, Ints


@dataclass(frozen=True, eq=False)
class Outcome:
    """Errors and costs by utterance; expected values where the choice is random. All [U]."""

    errors: Floats
    """Word errors."""
    depth: Floats
    """Blocks run."""
    cost: Floats
    """Seconds."""

    def wer(self, table: ExitTable) -> float:
        """Word error rate in percent: all errors over all words."""
        return float(100 * self.errors.sum() / table.words.sum())


def leaving_at(table: ExitTable, column: Ints, looked: bool) -> Outcome:
    """Return what leaving each utterance at the exit in `column` ([U]) comes to.

    `looked`: whether the choice needed the branches of all exits up to there, as a threshold
    does, or the one branch only, as a fixed exit does.
    """
    at = np.arange(len(table)), column
    cost = table.cost if looked else table.cost_alone
    return Outcome(
        errors=table.errors[at].astype(np.float64),
        depth=table.depth[at],
        cost=cost[at],
    )


def fixed_exit(table: ExitTable, column: int) -> Outcome:
    """Return what always leaving at one exit comes to."""
    return leaving_at(table, np.full(len(table), column), looked=False)


def full_depth(table: ExitTable) -> Outcome:
    """Return what always running all blocks comes to."""
    return fixed_exit(table, len(table.exits) - 1)


def first_within(doubt: Floats, most: float) -> Ints:
    """Return [U]: the first column whose `doubt` ([U, E]) is at most `most`, or the last one."""
    leaves = doubt <= most
    leaves[:, -1] = True
    return np.asarray(np.argmax(leaves, axis=1))
