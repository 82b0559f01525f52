"""A promise that holds: at most ε more word errors than full depth, with probability 1 − δ.

Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052). The candidates are put in an order on
one half of the speech, and tested one after another on the other half, up to the first that fails
(fixed-sequence testing): then the chance that any policy which passed breaks the promise is at
most δ, however many there were, and whatever the distribution of errors.

The loss of an utterance is its word errors beyond those of full depth, of which at most
`MOST_COUNTED` count; the promise is on mean loss over mean words. That a policy breaks it is
tested by betting against it (Waudby-Smith and Ramdas 2024, arXiv 2010.09686): with x the loss less
ε times the words, a bettor who stakes a share of what he has on x being negative, utterance after
utterance, wins on average nothing if the promise is broken, so that he multiplies his money by 1/δ
with probability δ at most (Markov). How much to stake is learnt on the first half, too.
"""

from __future__ import annotations

import numpy as np

from calibration.table import Floats, Ints

DELTA = 0.1
MOST_COUNTED = 10
"""Word errors over full depth by which one utterance can count; what is beyond it is so rare that
it may not decide, and no finite sample could promise anything without a bound."""

_SHARES = np.geomspace(1e-3, 0.98, 60)
"""Stakes, in units of 1 / `MOST_COUNTED`, which would risk all."""
_CAUTION = (0.5, 1.0)
"""The bettor splits his money between half of the best stake and the whole of it."""


def loss(errors: Floats, full: Floats) -> Floats:
    """Return [U]: word errors over full depth, as they count."""
    return np.minimum(errors - full, MOST_COUNTED)


def best_stake(losses: Floats, words: Ints, epsilon: float) -> float:
    """Return the stake that would have won most on these utterances; arguments as `p_value`."""
    growth = np.log1p(-_SHARES[:, None] * _against(losses, words, epsilon)).sum(axis=1)
    return float(_SHARES[np.argmax(growth)])


def p_value(losses: Floats, words: Ints, epsilon: float, stake: float) -> float:
    """Return how likely these losses would be, at most, if the promise were broken.

    Args:
        losses: [U], from `loss`.
        words: [U], of the references.
        epsilon: what is promised, in points of WER.
        stake: from `best_stake` on other utterances; any number above 0 and below 1 is valid.
    """
    against = _against(losses, words, epsilon)
    won = [float(np.log1p(-part * stake * against).sum()) for part in _CAUTION]
    return min(1.0, float(np.exp(-np.logaddexp.reduce(won)) * len(_CAUTION)))


def _against(losses: Floats, words: Ints, epsilon: float) -> Floats:
    return np.asarray((losses - epsilon / 100 * words) / MOST_COUNTED)


def utterances_needed(losses: Floats, words: Ints, epsilon: float, delta: float = DELTA) -> int:
    """Return about how many utterances like these it would take for the promise to pass.

    For planning; it promises nothing. 0 where these utterances speak against the promise, so that
    more of them would not help.
    """
    against = _against(losses, words, epsilon)
    growth = float(np.log1p(-_SHARES[:, None] * against).mean(axis=1).max())
    if growth <= 0:
        return 0
    return int(np.ceil(np.log(len(_CAUTION) / delta) / growth))
