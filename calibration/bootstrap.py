"""Confidence intervals by resampling utterances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.outcome import Outcome, full_depth
from calibration.table import ExitTable, Floats, Texts

REPLICATES = 2_000
SEED = 20_231
LEVEL = 0.95

_CELLS_AT_ONCE = 1 << 22
"""Resampled utterances held at a time: 32 MiB."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """What an outcome comes to, beside full depth on the same utterances."""

    wer: Estimate
    """Percent."""
    increase: Estimate
    """WER over full depth, in points."""
    depth: Estimate
    """Mean exit, in blocks."""
    cost: Estimate
    """Mean of an utterance, in seconds."""
    saved: Estimate
    """Mean cost under full depth, in seconds."""


class Bootstrap:
    """Percentile bootstrap over utterances, resampled within each corpus.

    All figures of a table see the same resamples, so differences between them are paired. The
    interval of a single utterance has no width: it says nothing.

    Source: Efron and Tibshirani 1993, chapter 13; for WER, Bisani and Ney 2004.
    """

    def __init__(
        self, strata: Texts, replicates: int = REPLICATES, seed: int = SEED, level: float = LEVEL
    ) -> None:
        self.strata = [np.flatnonzero(strata == name) for name in np.unique(strata)]
        self.size = len(strata)
        self.replicates = replicates
        self.seed = seed
        self.level = level

    def sums(self, values: Floats) -> Floats:
        """Return [B, K]: the sums over the utterances of each resample of `values`, [U, K]."""
        return np.concatenate([counts @ values for counts in self._counts()])

    def _counts(self) -> Iterator[Floats]:
        """Yield [b, U], b ≤ B: how often each resample holds each utterance."""
        rng = np.random.default_rng(self.seed)
        left = self.replicates
        while left:
            some = min(left, max(1, _CELLS_AT_ONCE // self.size))
            counts = np.zeros((some, self.size))
            for members in self.strata:
                drawn = rng.integers(len(members), size=(some, len(members)))
                drawn += len(members) * np.arange(some)[:, None]
                times = np.bincount(drawn.ravel(), minlength=some * len(members))
                counts[:, members] = times.reshape(some, len(members))
            yield counts
            left -= some

    def estimate(self, value: float, resampled: Floats) -> Estimate:
        """Return `value` with the interval that holds the middle of `resampled`, [B]."""
        tail = (1 - self.level) / 2
        low, high = np.quantile(resampled, [tail, 1 - tail])
        return Estimate(float(value), float(low), float(high))

    def rate(self, errors: Floats, words: Floats) -> Estimate:
        """Return 100 · Σ errors / Σ words, both [U]."""
        sums = self.sums(np.stack([errors, words], axis=1))
        return self.estimate(100 * errors.sum() / words.sum(), _percent(sums[:, 0], sums[:, 1]))

    def summarise(self, table: ExitTable, outcomes: Sequence[Outcome]) -> list[Summary]:
        """Return what each of `outcomes` comes to on `table`."""
        full = full_depth(table)
        figures = [
            (o.errors, o.errors - full.errors, o.depth, o.cost, full.cost - o.cost)
            for o in outcomes
        ]
        values = np.stack([table.words, *(column for row in figures for column in row)], axis=1)
        words, *sums = self.sums(values).T

        def summary(index: int) -> Summary:
            rates, means = figures[index][:2], figures[index][2:]
            mine = sums[5 * index : 5 * index + 5]
            total = table.words.sum()
            return Summary(
                *(
                    self.estimate(100 * errors.sum() / total, _percent(resampled, words))
                    for errors, resampled in zip(rates, mine[:2], strict=True)
                ),
                *(
                    self.estimate(values.mean(), resampled / self.size)
                    for values, resampled in zip(means, mine[2:], strict=True)
                ),
            )

        return [summary(index) for index in range(len(outcomes))]


def _percent(errors: Floats, words: Floats) -> Floats:
    # A resample of few utterances may hold none that has words.
    return np.asarray(100 * errors / np.maximum(words, 1))
