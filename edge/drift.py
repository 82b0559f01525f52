"""Drift: does the speech still look like what the bundle was calibrated on?

A threshold, and what calibration promised of it, hold for speech like that of the calibration. A
monitor compares the scores of the first exit that a policy looks at, which every utterance
reaches, so that leaving early hides none of them.

It bets against "nothing has changed" (conformal test martingales: Vovk 2021, Testing Randomness
Online, arXiv 1906.09256). If run-time scores and those of the calibration are exchangeable, the
share of scores to come in each bin between order statistics of the calibration is a draw from a
Dirichlet distribution (Wilks 1962), whatever the scores' own distribution. So the next score
falls into bin j with probability (calibration's count + 1 for the last bin + count so far) over
their sum, exactly: the calibration may be small, and its sampling error is no drift. A bettor
with money 1 at the start, who bets at these odds, has on average 1 at any time; that he ever
holds 1/α has probability α at most (Ville 1939), however long he goes on.

When the change comes is not known: he starts a bet at every utterance, the t-th with 1/t −
1/(t + 1) of his money, as the mixtures of e-detectors do (Shin, Ramdas and Rinaldo 2022, arXiv
2203.03532). A change after t utterances is then found only some 2 ln t later in log-money than
at the first.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edge.calibration import Calibration
from edge.errors import ScoreError
from edge.policy import Policy, Scored
from edge.policy.base import value_at
from edge.reference import ALWAYS_KEPT, ExitReference, watched_score
from edge.rules import Rule

FALSE_ALARM = 0.01
"""Probability α that a monitor ever speaks of drift where there is none."""

_LEVEL = (-3.0, -1.0, 1.0, 3.0)
_SPREAD = (-2.0, 2.0)
"""What is bet on: odds tilted by exp(a · u) and by exp(a · u²), with u the place of a bin among
those of the calibration, from −1 to 1: all scores lower or higher, or further apart or closer.
They decide how soon a change is found; the false alarms do not depend on them."""

WHAT = "the speech no longer looks like what this bundle was calibrated on"
TRIES = (
    "calibrate on such speech: eedge calibrate",
    "run at full depth meanwhile: --point full",
)


@dataclass(frozen=True)
class Verdict:
    """What a monitor holds after `utterances` of them.

    `evidence` is the bettor's money, 1 at the start; `drifted` stays true once it was reached.
    """

    utterances: int
    evidence: float
    drifted: bool


class DriftMonitor:
    """Watches one score at one exit; says once and for all when it is no longer the same.

    A false alarm has probability `false_alarm` at most over the whole life of a monitor, and over
    the calibration speech and the run-time speech together. This holds exactly for scores without
    ties that are exchangeable: one speaker of many for an hour is drift to it.

    Raises:
        ValueError: `false_alarm` is not between 0 and 1.
    """

    def __init__(self, reference: ExitReference, false_alarm: float = FALSE_ALARM) -> None:
        if not 0 < false_alarm < 1:
            raise ValueError(f"a probability of {false_alarm} is not between 0 and 1")
        self._edges = reference.edges
        self._enough = 1 / false_alarm
        weights = np.array(reference.counts, dtype=np.float64)
        weights[-1] += 1
        place = (2 * np.cumsum(weights) - weights) / weights.sum() - 1
        self._tilts = np.exp([a * place for a in _LEVEL] + [a * place**2 for a in _SPREAD])
        self._expected = self._tilts @ weights
        self._total = float(weights.sum())
        self._stakes = np.zeros(len(self._tilts))
        self.verdict = Verdict(0, 1.0, drifted=False)

    def seen(self, score: float) -> Verdict:
        """Take the score of one more utterance.

        Raises:
            ScoreError: it is NaN.
        """
        if math.isnan(score):
            raise ScoreError("a score to be watched for drift is NaN", "convert again")
        count = self.verdict.utterances + 1
        if self.verdict.drifted:
            self.verdict = Verdict(count, self.verdict.evidence, drifted=True)
            return self.verdict
        won = self._tilts[:, bisect_left(self._edges, score)]
        fresh = (1 / count - 1 / (count + 1)) / len(self._stakes)
        self._stakes = (self._stakes + fresh) * won * (self._total / self._expected)
        self._expected += won
        self._total += 1
        evidence = 1 / (count + 1) + float(self._stakes.sum())
        self.verdict = Verdict(count, evidence, drifted=evidence >= self._enough)
        return self.verdict


@dataclass(frozen=True)
class Watch:
    """What is watched: a score at an exit that every utterance reaches, and what it was there."""

    score: str
    exit: int
    reference: ExitReference


class Monitors:
    """Several scores of the same utterances, which share what a false alarm may cost.

    Each of n has a false alarm with probability `false_alarm` / n at most, so that any has one
    with `false_alarm` at most (Bonferroni).
    """

    def __init__(self, watches: Sequence[Watch], false_alarm: float = FALSE_ALARM) -> None:
        self.watches = tuple(watches)
        self._monitors = [
            DriftMonitor(watch.reference, false_alarm / len(watches)) for watch in watches
        ]

    def seen(self, scores: Iterable[float]) -> Verdict:
        """Take the scores of one more utterance, one for each watch.

        Raises:
            ScoreError: one is NaN.
        """
        for monitor, score in zip(self._monitors, scores, strict=True):
            monitor.seen(score)
        return self.verdict

    @property
    def foremost(self) -> Watch:
        """The watch with the most evidence."""
        return max(zip(self._evidence, self.watches, strict=True), key=lambda pair: pair[0])[1]

    @property
    def verdict(self) -> Verdict:
        """What the foremost of them holds; `evidence` is divided by their number."""
        return Verdict(
            self._monitors[0].verdict.utterances,
            max(self._evidence) / len(self._monitors),
            any(monitor.verdict.drifted for monitor in self._monitors),
        )

    @property
    def _evidence(self) -> list[float]:
        return [monitor.verdict.evidence for monitor in self._monitors]


class Watched:
    """A policy with monitors, which are shown what is watched; it leaves as before."""

    def __init__(self, policy: Policy, watches: Sequence[Watch]) -> None:
        self._policy = policy
        self.monitors = Monitors(watches)
        self._exit = watches[0].exit

    @property
    def score(self) -> str:
        """The score by which the policy decides."""
        return self._policy.score

    @property
    def deepest(self) -> int:
        """The exit at which every utterance has left."""
        return self._policy.deepest

    def leaves(self, step: Scored) -> bool:
        """Show the scores to the monitors, then do as the policy does."""
        if step.exit == self._exit:
            self.monitors.seen(value_at(step, watch.score) for watch in self.monitors.watches)
        return self._policy.leaves(step)


def to_watch(calibration: Calibration, rule: Rule, exits: Sequence[int]) -> tuple[Watch, ...]:
    """Return what to watch at the first exit that `rule` looks at: the rule's score, and entropy.

    That is entropy alone where the rule's own score was the same there for all utterances, as the
    change since the exit before is at the first exit. Where the rule's own does not follow noise,
    entropy does: expected symbol errors of a confident mistake are few.

    Nothing if the rule goes by no score, or the calibration did not keep what scores were there.
    `exits` are those of the encoder.
    """
    if not rule.named_scores:
        return ()
    first, own = min(rule.named_exits or exits), watched_score(rule)
    known = {reference.score: reference.exits for reference in calibration.references}
    return tuple(
        Watch(score, first, known[score][first])
        for score in dict.fromkeys((own, ALWAYS_KEPT))
        if score in known and first in known[score] and known[score][first].varies
    )
