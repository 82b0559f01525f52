"""Does a promise that was tested on some speech still hold on other speech?

Both answers are bets, as in `calibration.guarantee`: one that the promise is kept, one that it is
broken. Each wins 1/δ times its stake with probability δ at most where it is wrong, so neither
answer is given wrongly with more than that. How much to stake need not be known: the money is
spread over many stakes, and what they win together counts (a mixture of bettors is one, too:
Waudby-Smith and Ramdas 2024, arXiv 2010.09686). So all of the speech is tested on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.bootstrap import Bootstrap, Estimate
from calibration.guarantee import MOST_COUNTED, loss
from calibration.table import Floats, Ints
from edge.calibration import Guarantee

Answer = Literal["holds", "cannot be told", "broken"]

_STAKES = np.geomspace(3e-3, 0.98, 30)
"""Shares of what is at risk in one utterance."""


@dataclass(frozen=True)
class Recheck:
    """What a promise comes to on other speech than it was tested on.

    `lost` is in points of WER over full depth, each utterance as the promise counts it.
    `p_broken` bounds the chance of such speech if the promise were broken, `p_kept` if it were
    kept.
    """

    answer: Answer
    lost: Estimate
    p_broken: float
    p_kept: float

    @property
    def sentence(self) -> str:
        """The answer, with what to do about a promise that is broken."""
        if self.answer != "broken":
            return self.answer
        lost = f"{self.lost.value:.2f} points [{self.lost.low:.2f}, {self.lost.high:.2f}]"
        return f"broken: on this speech it loses {lost}; calibrate on such speech"


def recheck(
    errors: Floats, full: Floats, words: Ints, guarantee: Guarantee, bootstrap: Bootstrap
) -> Recheck:
    """Test a promise on utterances that it was not tested on.

    Args:
        errors: [U], word errors at the operating point.
        full: [U], at full depth.
        words: [U], of the references.
        guarantee: the promise; each of the two answers is wrong with probability δ at most.
        bootstrap: over these utterances.
    """
    losses = loss(errors, full)
    more = losses - guarantee.epsilon / 100 * words
    p_broken, p_kept = _p_value(-more), _p_value(more)
    answer: Answer = "cannot be told"
    if p_broken <= guarantee.delta:
        answer = "holds"
    elif p_kept <= guarantee.delta:
        answer = "broken"
    return Recheck(answer, bootstrap.rate(losses, words.astype(np.float64)), p_broken, p_kept)


def _p_value(gains: Floats) -> float:
    """Return how likely such `gains`, [U], are, at most, if their mean is 0 or less.

    Of an utterance, at most `MOST_COUNTED` errors count for either side.
    """
    share = np.clip(gains / MOST_COUNTED, -1.0, 1.0)
    won = np.log1p(_STAKES[:, None] * share).sum(axis=1)
    return min(1.0, float(np.exp(np.log(len(_STAKES)) - np.logaddexp.reduce(won))))
