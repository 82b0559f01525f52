"""A bandit over thresholds, which learns from what an utterance shows of all of them at once.

After CeeBERT (Bajpai and Hanawal 2024, arXiv 2405.15039): an arm is a threshold, what it earns is
known without labels, and an utterance that was run with one arm tells of others, too. Arms are
sorted from the least sure to the surest, so each leaves no later than the next. Where arm a was
pulled, all that is less sure is fully known; of a surer arm it is known only whether it would
have gone deeper. To count for a surer arm the utterances on which it would not have, would count
the easy ones alone; so that is kept apart:

    advantage of b over a = P(b goes deeper than a) · mean advantage where it does

The first factor is learnt at every pull of a or of a surer arm, the second when b or a surer arm
is pulled. Only the second is uncertain, so only it has a bonus; and arms that are less sure than
the best have none: to pull them shows nothing that the best one does not show.

The bonus is that of UCB1-Tuned (Auer, Cesa-Bianchi and Fischer 2002, section 4), with the variance
of the advantage in place of its range: c · √(V · ln n / N). CeeBERT takes UCB1, γ · √(ln n / N)
with γ = 2 for rewards of range 1: after 500 utterances that is still 0.22, while thresholds worth
telling apart differ by a tenth of it.

All sums are discounted (D-UCB: Garivier and Moulines 2011, arXiv 0805.3415), so that it follows a
slow change of domain; an abrupt one makes it `forget`, see `edge.chart`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DISCOUNT = 0.998
"""What a sum keeps from one utterance to the next: the last 500 count, by and large."""
EXPLORATION = 0.5
"""Factor c of the bonus. With UCB1-Tuned's 1, up to 4 % of the reward goes into trying surer arms
(on our own encoder's scores, resampled); with half of it, up to 2 %."""
_PRIOR_VARIANCE = 0.05
"""Variance of an advantage before any was seen, with the weight of one; see `edge.adapting` for
the unit. Without it two equal advantages would end all doubt."""

PAIR_SUMS = ("deeper", "seen", "total", "squares")


class Bandit:
    """Chooses among `arms`, sorted from the least sure to the surest; any state is a valid one.

    `known`, f64[arms], is how many utterances have shown an arm's reward. `pairs`, f64[4, P], has
    four sums for every pair a < b (in the order of `itertools.combinations`): utterances on which
    b is known to go deeper, those of them on which both rewards are known, the sum of the
    advantages there, and of their squares. All are discounted.

    Raises:
        ValueError: there is no arm, or sums of another shape are given.
    """

    def __init__(
        self,
        arms: int,
        known: Floats | None = None,
        pairs: Floats | None = None,
        discount: float = DISCOUNT,
        exploration: float = EXPLORATION,
    ) -> None:
        if arms < 1:
            raise ValueError("a bandit needs an arm")
        found = np.array(list(combinations(range(arms), 2)), dtype=np.intp).reshape(-1, 2)
        self._less, self._more = found.T
        self._row = {pair: row for row, pair in enumerate(map(tuple, found.tolist()))}
        self.arms = arms
        self.known = np.zeros(arms) if known is None else known
        self.pairs = np.zeros((len(PAIR_SUMS), len(found))) if pairs is None else pairs
        if self.known.shape != (arms,) or self.pairs.shape != (len(PAIR_SUMS), len(found)):
            raise ValueError(f"sums of another number of arms than {arms}")
        self._discount = discount
        self._exploration = exploration

    def choose(self) -> int:
        """Return the arm for the next utterance.

        The first utterance runs with the surest, which shows all.
        """
        if not self.known[-1] > 0:
            return self.arms - 1
        best = 0
        for arm in range(1, self.arms):
            if self.pairs[2, self._row[best, arm]] > 0:
                best = arm
        surer = [self._row[best, arm] for arm in range(best + 1, self.arms)]
        if not surer:
            return best
        hopes = self._hopes(best, self.pairs[:, surer])
        return best + 1 + int(np.argmax(hopes)) if np.max(hopes) > 0 else best

    def _hopes(self, best: int, sums: Floats) -> Floats:
        """Return the upper estimates of the advantage over `best`, for pairs f64[4, P]."""
        deeper, seen, total, squares = sums
        # Sums that faded away leave no estimate, and a bonus beyond any other.
        with np.errstate(all="ignore"):
            seen = np.maximum(seen, np.finfo(np.float64).tiny)
            mean = total / seen
            spread = np.maximum(squares - total * mean, 0)
            variance = (spread + _PRIOR_VARIANCE) / (seen + 1)
            bonus = np.sqrt(variance * np.log1p(self.known[0]) / seen)
            return np.asarray(deeper / self.known[best] * (mean + self._exploration * bonus))

    def forget(self) -> None:
        """Begin anew: what was learnt holds no longer."""
        self.known[:] = 0
        self.pairs[:] = 0

    def learn(self, rewards: Floats, deeper: Bools) -> None:
        """Take what an utterance showed.

        Args:
            rewards: f64[n] of the first n arms: those up to the one that was pulled.
            deeper: bool[n, arms]: whether an arm goes deeper than one of the first n.
        """
        shown = len(rewards)
        self.known *= self._discount
        self.pairs *= self._discount
        self.known[:shown] += 1
        first = self._less < shown
        less, more = self._less[first], self._more[first]
        goes = deeper[less, more]
        self.pairs[0, first] += goes
        both = self._more < shown
        advantage = rewards[self._more[both]] - rewards[self._less[both]]
        advantage *= deeper[self._less[both], self._more[both]]
        self.pairs[1, both] += deeper[self._less[both], self._more[both]]
        self.pairs[2, both] += advantage
        self.pairs[3, both] += advantage**2
