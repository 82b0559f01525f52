"""What learnt rules come to on utterances that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from calibration.learnt import LearntFitter, leaving, prices
from calibration.outcome import full_depth
from calibration.table import ExitTable, Floats, Ints
from edge.rules import LearntRule

FOLDS = 10
SEED = 20_231
RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0)
"""Utterances that the prior of no weight may be worth; the folds decide."""


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


def learnt_path(table: ExitTable, sets: Sequence[Sequence[str]]) -> LearntPath | None:
    """Fit the learnt score on the best of several sets of signs, for each price.

    Which set and which ridge are best is decided by the folds: with a few hundred utterances, few
    signs are mostly better than many. None where nothing can be learnt: without a sign, with a
    single exit, or with fewer utterances than folds that have words, or that cost anything.
    """
    fewest = min(np.count_nonzero(table.words), np.count_nonzero(table.cost[:, -1]))
    if fewest < FOLDS or len(table.exits) < 2 or not sets:
        return None
    asked = prices(table)
    fold = folds(table, FOLDS)
    best, least = None, np.inf
    rows = np.arange(len(table))
    for names in sets:
        paid = table.reading(names)
        for ridge, columns in zip(RIDGES, _held_out(paid, names, asked, fold), strict=True):
            errors, cost = table.errors[rows, columns] + 0.0, paid.cost[rows, columns]
            loss = _loss(errors.sum(axis=1) + asked * cost.sum(axis=1), table, asked)
            if loss < least:
                best, least = (names, ridge, columns, errors, cost), loss
    assert best is not None
    names, ridge, columns, errors, cost = best
    fitter = LearntFitter(table.reading(names), names)
    rules = fitter.rules(asked, fitter.weights(asked, ridge))
    return LearntPath(table, rules, errors, table.depth[rows, columns], cost)


def _held_out(table: ExitTable, names: Sequence[str], asked: Floats, fold: Ints) -> Ints:
    """Return [R, K, U]: for each ridge and price, where rules leave that were fitted on others."""
    columns = np.empty((len(RIDGES), len(asked), len(table)), np.int64)
    for number in range(FOLDS):
        out = fold == number
        fitter = LearntFitter(table.where(~out), names)
        held_out = fitter.columns(table.where(out))
        for index, ridge in enumerate(RIDGES):
            columns[index][:, out] = leaving(held_out, fitter.weights(asked, ridge))
    return columns


def _loss(losses: Floats, table: ExitTable, asked: Floats) -> float:
    """Return the mean of [K] losses, each as a share of what full depth loses at its price."""
    full = full_depth(table)
    return float((losses / (full.errors.sum() + asked * full.cost.sum()).clip(min=1e-12)).mean())
