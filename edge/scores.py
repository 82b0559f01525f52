"""Scores: how sure an exit is of its own output.

Entropy has three units in this field, and a threshold in one means nothing in another, so the
unit is part of every name here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.errors import ScoreError

LogProbs = npt.NDArray[np.float32]

_TOLERANCE = 1e-2
"""How far a frame's probabilities may be from a sum of 1. A log-softmax in float32 stays within
1e-5; logits that were taken for log-probabilities miss it by far."""


def entropy_nats(log_probs: LogProbs) -> float:
    """Mean entropy of a frame, in nats: −(1/T) Σt Σv p ln p, with 0 · ln 0 = 0.

    DAISY (arXiv 2406.05464) and DeeBERT (2004.12993, with T = 1) leave on it.

    Args:
        log_probs: f32[T, V], natural logarithms, real frames only, blank included.

    Returns:
        A number from 0 (sure) to ln V.

    Raises:
        ScoreError: a value is NaN, or a frame is no distribution.
    """
    probs = _probabilities(log_probs)
    # −∞ · 0 would be NaN, where the limit is 0.
    weighted = probs * np.maximum(log_probs, np.finfo(np.float32).min)
    entropy = -float(weighted.sum(dtype=np.float64)) / len(log_probs)
    return max(0.0, entropy)


def entropy_per_symbol(log_probs: LogProbs) -> float:
    """`entropy_nats` / V, as Wright et al. (arXiv 2309.09546) and HuBERT-EE (2204.06328) use it.

    Ranges from 0 to ln(V) / V. Arguments and errors as in `entropy_nats`.
    """
    entropy = entropy_nats(log_probs)
    symbols: int = log_probs.shape[1]
    return entropy / symbols


def entropy_normalised(log_probs: LogProbs) -> float:
    """`entropy_nats` / ln V, as ELBERT (arXiv 2107.00175) uses it.

    Ranges from 0 to 1. Arguments and errors as in `entropy_nats`.
    """
    return entropy_nats(log_probs) / math.log(log_probs.shape[1])


def mean_max_probability(log_probs: LogProbs) -> float:
    """Mean over frames of the likeliest symbol's probability (HuBERT-EE, arXiv 2204.06328).

    Ranges from 1/V to 1 (sure). Arguments and errors as in `entropy_nats`.
    """
    return min(1.0, float(_probabilities(log_probs).max(axis=1).mean(dtype=np.float64)))


@dataclass(frozen=True)
class Score:
    """A score's name, how it is computed, and which way it points."""

    name: str
    of: Callable[[LogProbs], float]
    lower_is_surer: bool

    def is_sure(self, value: float, threshold: float) -> bool:
        """Tell whether `value` is at least as sure as `threshold`."""
        return value <= threshold if self.lower_is_surer else value >= threshold


SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score("entropy_nats", entropy_nats, lower_is_surer=True),
        Score("entropy_per_symbol", entropy_per_symbol, lower_is_surer=True),
        Score("entropy_normalised", entropy_normalised, lower_is_surer=True),
        Score("mean_max_probability", mean_max_probability, lower_is_surer=False),
    )
}


def _probabilities(log_probs: LogProbs) -> LogProbs:
    """Return exp(log_probs), having made sure that each frame is a distribution."""
    if log_probs.ndim != 2 or len(log_probs) == 0 or log_probs.shape[1] < 2:
        raise ScoreError(
            f"a score needs log-probabilities of shape [frames, symbols], not {log_probs.shape}"
        )
    with np.errstate(over="ignore"):
        probs: LogProbs = np.exp(log_probs)
    off = np.abs(probs.sum(axis=1) - 1).max()
    # The comparison is false for NaN as well, which must never be read as "go on".
    if not off <= _TOLERANCE:
        broken = "NaN" if math.isnan(off) else f"probabilities that miss a sum of 1 by {off:.3g}"
        raise ScoreError(
            f"an exit's output holds {broken}: it cannot be scored",
            "convert the checkpoint again, or with another recipe",
            "check the checkpoint: was its training stable?",
        )
    return probs
