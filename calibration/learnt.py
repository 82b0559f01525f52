"""Fit the learnt score: when to stop, learnt backwards from the last exit.

With a price on time, every utterance has a best exit, and whether to stop at an exit depends on
what going on would bring: the errors and the cost of wherever the utterance will leave then. That
is regressed on the signs of each exit, from the last exit backwards, each time with the choices
that were fitted for the deeper exits (least-squares Monte Carlo: Longstaff and Schwartz, Review
of Financial Studies 14, 2001). The price runs through a range: each gives one rule, from the one
that only minds errors to the one that only minds time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.signs import choose_scale, read_signs
from calibration.table import ExitTable, Floats, Ints
from edge.learnt import REACH, LearntExit
from edge.rules import LearntRule

PRICES = np.append(0.0, np.geomspace(3e-3, 10, 96))
"""Times the mean errors of an utterance over its mean cost at full depth."""

_CHARACTERS = 0.5
"""How much of an utterance's errors is counted in characters: these are more, so that chance
plays a smaller part in them; and half in words, which are what is to be kept."""
_FLAT = 1e-9


def prices(table: ExitTable) -> Floats:
    """Return [K]: the prices of a second, in word errors, for which rules are fitted."""
    unit = max(table.errors[:, -1].mean(), 1 / len(table)) / table.cost[:, -1].mean()
    return np.asarray(PRICES * unit)


class LearntFitter:
    """Fits rules on one table, for all prices at once. D = 1 + 3·S regressors of S signs."""

    def __init__(self, table: ExitTable, names: Sequence[str]) -> None:
        """Read the signs `names` of `table`, which has two exits at least."""
        self.table = table
        self.signs = choose_scale(table, names)
        self._mean_scale = [_mean_scale(numbers) for numbers in self._numbers(table)]
        self._columns = self.columns(table)

    def columns(self, table: ExitTable) -> list[Floats]:
        """Return [U, D] for each exit but the last: the regressors of a table, on our scale."""
        pairs = zip(self._numbers(table), self._mean_scale, strict=True)
        return [regressors(numbers, *mean_scale) for numbers, mean_scale in pairs]

    def weights(self, asked: Floats, ridge: float) -> list[Floats]:
        """Return [D, K] for each exit but the last, for K prices.

        An utterance's errors grow with its length, and so does their variance: the regression is
        of errors a second, with the seconds as weights. `ridge` is how many utterances the prior
        of no weight is worth.
        """
        table = self.table
        total = _softened(table)[:, :, None] + asked * table.cost[:, :, None]
        length = _lengths(table)[:, None]
        ahead = total[:, -1]
        found: list[Floats] = []
        for column in reversed(range(len(self._columns))):
            known = self._columns[column]
            normal = (known * length).T @ known
            normal[np.diag_indices_from(normal)] += ridge
            normal[0, 0] -= ridge  # The mean is drawn nowhere.
            wanted = known.T @ (total[:, column] - ahead)
            weights: Floats = np.linalg.solve(normal, wanted).astype(np.float64)
            ahead = np.where(known @ weights <= 0, total[:, column], ahead)
            found.append(weights)
        return found[::-1]

    def rules(self, asked: Floats, weights: Sequence[Floats]) -> list[LearntRule]:
        """Return the rules of K prices from the weights of `weights`."""
        return [
            LearntRule(
                signs=self.signs,
                exits=tuple(
                    self._exit(column, of_exit[:, index]) for column, of_exit in enumerate(weights)
                ),
                last=int(self.table.exits[-1]),
                price=float(price),
            )
            for index, price in enumerate(asked)
        ]

    def _numbers(self, table: ExitTable) -> list[Floats]:
        read = read_signs(table, self.signs)
        return [numbers_at(read, column) for column in range(len(table.exits) - 1)]

    def _exit(self, column: int, weights: Floats) -> LearntExit:
        mean, scale = self._mean_scale[column]
        return LearntExit(
            exit=int(self.table.exits[column]),
            mean=_rounded(mean),
            scale=_rounded(scale),
            bias=float(weights[0]),
            linear=_rounded(weights[1 : 1 + len(mean)]),
            square=_rounded(weights[1 + len(mean) :]),
        )


def numbers_at(read: Floats, column: int) -> Floats:
    """Return [U, 2·S] for one exit: the signs there, and their change since the exit before."""
    here = read[:, column]
    return np.concatenate([here, here - read[:, max(0, column - 1)]], axis=1)


def leaving(columns: Sequence[Floats], weights: Sequence[Floats]) -> Ints:
    """Return [K, U]: at which column each of K rules leaves each utterance."""
    stops = [known @ found <= 0 for known, found in zip(columns, weights, strict=True)]
    last = np.ones_like(stops[0])
    return np.asarray(np.argmax(np.stack([*stops, last]), axis=0).T)


def _mean_scale(numbers: Floats) -> tuple[Floats, Floats]:
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0)
    # What never changes says nothing, and must not be blown up to something.
    return mean, np.where(scale > _FLAT * np.maximum(1, np.abs(mean)), scale, 1 / _FLAT)


def regressors(numbers: Floats, mean: Floats, scale: Floats) -> Floats:
    """Return [U, 1 + 3·S]: 1, each of `numbers` ([U, 2·S]) in deviations, the signs' squares."""
    within = np.clip((numbers - mean) / scale, -REACH, REACH)
    signs = within[:, : numbers.shape[1] // 2]
    return np.concatenate([np.ones((len(within), 1)), within, signs * signs], axis=1)


def _rounded(numbers: Floats) -> tuple[float, ...]:
    """Return numbers to five digits, which decide as well as sixteen and are a third of a file."""
    return tuple(float(f"{number:.5g}") for number in numbers)


def _softened(table: ExitTable) -> Floats:
    """Return [U, E]: errors in words, half of them guessed from those in characters."""
    characters = table.char_errors.sum()
    if not characters:
        return table.errors.astype(np.float64)
    guessed = table.char_errors * (table.errors.sum() / characters)
    return np.asarray((1 - _CHARACTERS) * table.errors + _CHARACTERS * guessed)


def _lengths(table: ExitTable) -> Floats:
    """Return [U]: relative lengths, by duration, or where that is unknown by cost."""
    known = table.duration_s if (table.duration_s > 0).all() else table.cost[:, -1]
    return np.asarray(known / known.mean())
