"""What an exit puts out: of each frame, the probabilities of the symbols and their logarithms."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edge.errors import ScoreError

LogProbs = npt.NDArray[np.float32]
Probs = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_TOLERANCE = 1e-2
"""How far a frame's probabilities may be from a sum of 1. A log-softmax in float32 stays within
1e-5; logits that were taken for log-probabilities miss it by far."""


def softmax(
    logits: npt.NDArray[np.float32], highest: npt.NDArray[np.float32] | None = None
) -> tuple[LogProbs, Probs]:
    """Natural log-probabilities of f32[T, V] over the last axis, and probabilities, in float32.

    `highest`, f32[T], is the largest logit of each frame, if it is known already. The logarithm is
    never taken of a probability, which may have become 0. NaN stays NaN.
    """
    if highest is None:
        highest = logits.max(axis=1)
    with np.errstate(invalid="ignore"):
        shifted = logits - highest[:, np.newaxis]
    probs: Probs = np.exp(shifted)
    total = probs.sum(axis=1, keepdims=True)
    log_probs: LogProbs = shifted - np.log(total)
    probs /= total
    return log_probs, probs


def probabilities(log_probs: LogProbs) -> Probs:
    """Return exp(log_probs), having made sure that each frame is a distribution.

    Args:
        log_probs: f32[T, V], natural logarithms, real frames only, blank included.

    Raises:
        ScoreError: there is no frame, a value is NaN, or a frame is no distribution.
    """
    if log_probs.ndim != 2 or len(log_probs) == 0 or log_probs.shape[1] < 2:
        raise ScoreError(
            f"a score needs log-probabilities of shape [frames, symbols], not {log_probs.shape}"
        )
    with np.errstate(over="ignore"):
        probs: Probs = np.exp(log_probs)
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
