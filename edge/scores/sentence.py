"""The score of a whole text among others."""

from __future__ import annotations

import math

from edge.beam import prefix_beam
from edge.posteriors import LogProbs, Probs, probabilities

COLLAPSED = 1.0 - 1e-7
"""From this posterior on, the list of hypotheses has collapsed to one, and says nothing. Such
utterances would leave first, and did with 41 % WER on a published wav2vec2 early-exit run."""


def nbest_posterior(log_probs: LogProbs, probs: Probs | None = None) -> float:
    """Posterior of the best text among the N best: softmax of their log-probabilities.

    Wright et al. (arXiv 2309.09546), by prefix beam search without a language model. Ranges from
    0 to `COLLAPSED`; 0 (unsure) where the list has collapsed or the best text is empty.

    Args:
        log_probs: f32[T, V], natural logarithms, real frames only, blank included.
        probs: their exponentials, where these were computed and checked before.

    Raises:
        ScoreError: a value is NaN, or a frame is no distribution.
    """
    hypotheses = prefix_beam(probabilities(log_probs) if probs is None else probs)
    best = hypotheses[0]
    posterior = 1 / sum(math.exp(other.log_prob - best.log_prob) for other in hypotheses)
    return posterior if best.symbols and posterior < COLLAPSED else 0.0
