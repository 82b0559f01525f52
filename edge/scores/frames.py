"""Scores that are a mean over frames.

All take `log_probs`, f32[T, V]: natural logarithms, real frames only, blank included; and `probs`,
their exponentials, where these were computed and checked before. All raise `ScoreError` where a
value is NaN or a frame is no distribution.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edge.posteriors import LogProbs, Probs, probabilities
from edge.tokens import BLANK

_LOWEST = np.finfo(np.float32).min


def entropy_nats(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """Mean entropy of a frame, in nats: −(1/T) Σt Σv p ln p, with 0 · ln 0 = 0.

    DAISY (arXiv 2406.05464) and DeeBERT (2004.12993, with T = 1) leave on it. Ranges from 0
    (sure) to ln V.
    """
    probs = probabilities(log_probs) if probs is None else probs
    # −∞ · 0 would be NaN, where the limit is 0.
    weighted = probs * np.maximum(log_probs, _LOWEST)
    entropy = -float(weighted.sum(dtype=np.float64)) / len(log_probs)
    return max(0.0, entropy)


def entropy_per_symbol(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """`entropy_nats` / V, as Wright et al. (arXiv 2309.09546) and HuBERT-EE (2204.06328) use it.

    Ranges from 0 to ln(V) / V.
    """
    entropy = entropy_nats(log_probs, probs)
    symbols: int = log_probs.shape[1]
    return entropy / symbols


def entropy_normalised(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """`entropy_nats` / ln V, as ELBERT (arXiv 2107.00175) uses it. Ranges from 0 to 1."""
    return entropy_nats(log_probs, probs) / math.log(log_probs.shape[1])


def nonblank_entropy_nats(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """`entropy_nats` of the frames whose likeliest symbol is not blank.

    Most frames of a CTC encoder are blank and sure of it; they hide the few in which something is
    said. Where all are blank it is ln V, the largest there is: see `edge.scores`.
    """
    probs = probabilities(log_probs) if probs is None else probs
    spoken = probs.argmax(axis=1) != BLANK
    if not spoken.any():
        return math.log(log_probs.shape[1])
    return entropy_nats(log_probs[spoken], probs[spoken])


def nonblank_entropy_per_symbol(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """`nonblank_entropy_nats` / V. Ranges from 0 to ln(V) / V."""
    entropy = nonblank_entropy_nats(log_probs, probs)
    symbols: int = log_probs.shape[1]
    return entropy / symbols


def nonblank_entropy_normalised(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """`nonblank_entropy_nats` / ln V. Ranges from 0 to 1."""
    return nonblank_entropy_nats(log_probs, probs) / math.log(log_probs.shape[1])


def mean_max_probability(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """Mean of the likeliest symbol's probability (HuBERT-EE, arXiv 2204.06328).

    Ranges from 1/V to 1 (sure).
    """
    return _mean(_highest(log_probs, probs))


def low_decile_max_probability(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """Mean of the likeliest symbol's probability in the ⌈T/10⌉ frames where it is lowest.

    One word that is doubtful is lost in a mean over all frames. Ranges from 1/V to 1 (sure).
    """
    highest = _highest(log_probs, probs)
    count = math.ceil(len(highest) / 10)
    return _mean(np.partition(highest, count - 1)[:count])


def mean_margin(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """Mean of the likeliest symbol's probability minus the second's. From 0 to 1 (sure)."""
    probs = probabilities(log_probs) if probs is None else probs
    first_two = np.partition(probs, -2, axis=1)[:, -2:]
    return _mean(first_two[:, 1] - first_two[:, 0])


def _highest(log_probs: LogProbs, probs: Probs | None) -> npt.NDArray[np.float32]:
    probs = probabilities(log_probs) if probs is None else probs
    highest: npt.NDArray[np.float32] = probs.max(axis=1)
    return highest


def _mean(values: npt.NDArray[np.float32]) -> float:
    # Rounding can leave a sum of probabilities above 1.
    return min(1.0, float(values.mean(dtype=np.float64)))
