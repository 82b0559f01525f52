"""What a score is worth: how often an exit is as good as the last one, by how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from calibration.bootstrap import LEVEL, Estimate
from calibration.kinds import candidates
from calibration.replay import regrets
from calibration.table import ExitTable, Floats
from edge.rules import LearntRule

MOST_BINS = 10
LEAST_IN_BIN = 20
"""Utterances; with fewer, a share says next to nothing."""

Bools = npt.NDArray[np.bool_]

_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True)
class Bin:
    """Utterances with nearly the same score at one exit.

    `low`, `mean` and `high` are of the score; `good` are those for which the exit made no more
    word errors than the last one.
    """

    low: float
    mean: float
    high: float
    utterances: int
    good: int

    @property
    def share(self) -> Estimate:
        """Good ones among all, with Wilson's interval (1927), which stays between 0 and 1."""
        return _wilson(self.good, self.utterances)


@dataclass(frozen=True)
class AtExit:
    """One score at one exit; `auc` is None where the exit is always as good, or never."""

    exit: int
    good: Estimate
    """Share of all utterances for which the exit is as good as the last one."""
    bins: tuple[Bin, ...]
    auc: Estimate | None


@dataclass(frozen=True)
class Reliability:
    """One score at every exit before the last."""

    score: str
    lower_is_surer: bool
    exits: tuple[AtExit, ...]


def reliabilities(table: ExitTable, learnt: Mapping[str, LearntRule]) -> list[Reliability]:
    """Return the reliability on `table` of learnt scores, by name, and of every plain one."""
    found = [_reliability(table, name, regrets(table, learnt[name])) for name in learnt]
    last = len(table.exits) - 1
    for name in candidates(table):
        values = {column: table.score(name)[:, column] for column in range(last)}
        found.append(_reliability(table, name, values, table.is_surer_low(name)))
    return found


def _reliability(
    table: ExitTable, name: str, values: Mapping[int, Floats], lower: bool = True
) -> Reliability:
    exits = []
    for column, score in values.items():
        good = table.errors[:, column] <= table.errors[:, -1]
        exits.append(
            AtExit(
                exit=int(table.exits[column]),
                good=_wilson(int(good.sum()), len(good)),
                bins=bins(score, good),
                auc=auc(score if lower else -score, good),
            )
        )
    return Reliability(name, lower, tuple(exits))


def bins(score: Floats, good: Bools) -> tuple[Bin, ...]:
    """Sort utterances ([U]) into bins of about as many each; equal scores stay together."""
    count = min(MOST_BINS, max(1, len(score) // LEAST_IN_BIN))
    ordered = np.sort(score)
    edges = np.unique(ordered[np.arange(1, count) * len(score) // count - 1])
    place = np.searchsorted(edges, score)
    return tuple(
        Bin(
            low=float(score[here].min()),
            mean=float(score[here].mean()),
            high=float(score[here].max()),
            utterances=int(here.sum()),
            good=int(good[here].sum()),
        )
        for here in (place == number for number in range(len(edges) + 1))
        if here.any()
    )


def auc(doubt: Floats, good: Bools) -> Estimate | None:
    """Return how likely a good utterance has less doubt than another one; equal doubts count half.

    That is the area under the ROC curve: 0.5 for a score that says nothing, 1 for one that knows.
    Its interval is DeLong's (DeLong et al. 1988), cut to what is possible; it spans all of that
    where there is a single utterance of a kind. None where there is none.
    """
    sure, unsure = np.sort(doubt[good]), np.sort(doubt[~good])
    if not len(sure) or not len(unsure):
        return None
    of_sure = 1 - _placement(unsure, sure)
    of_unsure = _placement(sure, unsure)
    area = float(of_sure.mean())
    if min(len(sure), len(unsure)) == 1:
        return Estimate(area, 0.0, 1.0)
    variance = of_sure.var(ddof=1) / len(sure) + of_unsure.var(ddof=1) / len(unsure)
    reach = _Z * float(np.sqrt(variance))
    return Estimate(area, max(0.0, area - reach), min(1.0, area + reach))


def _placement(among: Floats, values: Floats) -> Floats:
    """Return for each of `values` the share of `among` (ascending) below it, equal ones by half."""
    left, right = (np.searchsorted(among, values, side) for side in ("left", "right"))
    return np.asarray((left + right) / (2 * len(among)))


def _wilson(good: int, total: int) -> Estimate:
    share = good / total
    middle = share + _Z**2 / (2 * total)
    reach = _Z * float(np.sqrt(share * (1 - share) / total + (_Z / (2 * total)) ** 2))
    low, high = ((middle + sign * reach) / (1 + _Z**2 / total) for sign in (-1, 1))
    return Estimate(share, max(0.0, low), min(1.0, high))
