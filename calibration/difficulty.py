"""Does depth follow difficulty? Rank correlation of mean exit with the level of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.heard import Heard
from calibration.table import Floats


@dataclass(frozen=True)
class Follows:
    """Spearman's rank correlation of depth with noise, 1 where louder noise is never left earlier.

    `conditions` is that of the mean exits, `utterances` that of every single exit; None where
    one of the two is the same throughout.
    """

    conditions: float | None
    utterances: float | None


def depth_follows_noise(heard: Sequence[Heard]) -> Follows:
    """Return how depth goes with noise over clean speech and all SNRs; rooms do not count."""
    noisy = [one for one in heard if not one.around.room]
    levels = [-one.around.snr_db for one in noisy]
    return Follows(
        conditions=spearman(levels, [one.outcome.depth.mean() for one in noisy]),
        utterances=spearman(
            np.repeat(levels, [len(one.table) for one in noisy]),
            np.concatenate([one.outcome.depth for one in noisy]),
        ),
    )


def spearman(first: Sequence[float] | Floats, second: Sequence[float] | Floats) -> float | None:
    """Return the correlation of ranks, equal values sharing theirs; None if one is constant."""
    x, y = _ranks(np.asarray(first, np.float64)), _ranks(np.asarray(second, np.float64))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])
