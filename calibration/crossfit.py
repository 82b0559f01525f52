"""What learnt rules come to on utterances that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from calibration.budgets import LEAST_BUDGET
from calibration.learnt import LearntFitter, leaving, prices
from calibration.outcome import full_depth
from calibration.table import ExitTable, Floats, Ints
from edge.rules import LearntRule

FOLDS = 10
SEED = 20_231
RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0)
"""Utterances that the prior of no weight may be worth; the folds decide."""
KEPT = 4
"""Sets of signs of which a budget takes the cheapest: the first few lie so near to each other that
chance would choose, and which is best differs from budget to budget."""


@dataclass(frozen=True, eq=False)
class LearntPath:
    """K rules from careful to daring, fitted on all utterances of a table.

    `errors`, `depth` and `cost` ([K, U]) are what rules of the same price came to on each
    utterance, fitted on the folds that it is not in.
    """

    table: ExitTable
    rules: list[LearntRule]
    errors: Floats
    depth: Floats
    cost: Floats

    def bound(self, confidence: float) -> Floats:
        """Return [K]: upper confidence estimates of the increase in WER over full depth, in points.

        As in `calibration.fit`: one error is added that the sample happens not to show.
        """
        words = self.table.words
        more = self.errors - full_depth(self.table).errors
        ratio = more.sum(axis=1) / words.sum()
        # Variance of a ratio of sums, from its residuals (Cochran 1977, section 2.11).
        residuals = np.square(more - ratio[:, None] * words).sum(axis=1)
        spread = np.sqrt(residuals * len(words) / max(1, len(words) - 1))
        margin = NormalDist().inv_cdf(confidence) * spread
        return np.asarray(100 * (more.sum(axis=1) + 1 + margin) / words.sum())


def folds(table: ExitTable, count: int) -> Ints:
    """Return [U]: one of `count` folds for each utterance, drawn at random.

    They are as large as each other, and have as many of the utterances with words, without which
    a fold has no word error rate.
    """
    drawn = np.argsort(np.random.default_rng(SEED).permutation(len(table)))
    fold = np.empty(len(table), np.int64)
    fold[drawn[np.argsort(table.words[drawn] == 0, kind="stable")]] = np.arange(len(table)) % count
    return fold


def learnt_paths(
    table: ExitTable, sets: Sequence[Sequence[str]], keep: int = KEPT
) -> list[LearntPath]:
    """Fit the learnt score on the best `keep` of several sets of signs, for each price.

    For each of them there is a path for each number of exits that it may look at, from all but the
    last down to the first alone; beyond these, it goes on to the last. Where a deep exit wins
    little, what it changes is mostly chance: not to look there keeps a small budget more surely.

    Which set and which ridge are best is decided by the folds: with a few hundred utterances, few
    signs are mostly better than many. Empty where nothing can be learnt: without a sign, with a
    single exit, or with fewer utterances than folds that have words, or that cost anything.
    """
    fewest = min(np.count_nonzero(table.words), np.count_nonzero(table.cost[:, -1]))
    if fewest < FOLDS or len(table.exits) < 2 or not sets:
        return []
    asked = prices(table)
    last = int(table.exits[-1])
    looked = [table.exits[:count].tolist() for count in range(len(table.exits) - 1, 0, -1)]
    return [
        _path(table.among([*exits, last]), names, ridge, asked)
        for names, ridge in _best(table, sets, asked[::2])[:keep]
        for exits in looked
    ]


def _best(
    table: ExitTable, sets: Sequence[Sequence[str]], asked: Floats
) -> list[tuple[Sequence[str], float]]:
    """Return each set with its best ridge, first those that lose least at the prices that matter.

    These are the prices at which no more is lost, with most signs, than the least point may lose:
    at higher ones all leave at once, with whatever signs, and chance would decide.
    """
    rows = np.arange(len(table))
    full = full_depth(table)
    losses = np.empty((len(sets), len(RIDGES), len(asked)))
    more = np.empty_like(losses)
    for number, names in enumerate(sets):
        paid = table.reading(names)
        for ridge, columns in enumerate(_held_out(paid, names, asked)):
            errors = table.errors[rows, columns].sum(axis=1)
            losses[number, ridge] = errors + asked * paid.cost[rows, columns].sum(axis=1)
            more[number, ridge] = 100 * (errors - full.errors.sum()) / table.words.sum()
    matters = np.median(more, axis=(0, 1)) <= LEAST_BUDGET
    matters[0] = True
    # As a share of what full depth loses at each price, which has errors, or else a price.
    shares = losses / (full.errors.sum() + asked * full.cost.sum()).clip(min=1e-12)
    found = shares[:, :, matters].mean(axis=2)
    order = np.argsort(found.min(axis=1), kind="stable")
    return [(sets[number], RIDGES[int(found[number].argmin())]) for number in order]


def _path(table: ExitTable, names: Sequence[str], ridge: float, asked: Floats) -> LearntPath:
    paid = table.reading(names)
    (columns,) = _held_out(paid, names, asked, (ridge,))
    rows = np.arange(len(table))
    fitter = LearntFitter(paid, names)
    return LearntPath(
        table,
        fitter.rules(asked, fitter.weights(asked, ridge)),
        errors=table.errors[rows, columns] + 0.0,
        depth=table.depth[rows, columns],
        cost=paid.cost[rows, columns],
    )


def _held_out(
    table: ExitTable, names: Sequence[str], asked: Floats, ridges: Sequence[float] = RIDGES
) -> Ints:
    """Return [R, K, U]: for each ridge and price, where rules leave that were fitted on others."""
    columns = np.empty((len(ridges), len(asked), len(table)), np.int64)
    fold = folds(table, FOLDS)
    for number in range(FOLDS):
        out = fold == number
        fitter = LearntFitter(table.where(~out), names)
        held_out = fitter.columns(table.where(out))
        for index, ridge in enumerate(ridges):
            columns[index][:, out] = leaving(held_out, fitter.weights(asked, ridge))
    return columns
