"""Adapting on the device: the next utterance's threshold depends on those before it.

Everything else here treats each utterance by itself; this is the one exception, which has to be
switched on, and says so. It cannot go further than calibration allows: its thresholds lie between
that of an operating point, the least sure, and full depth, so that each leaves no earlier than
the point itself.

The reward of leaving at an exit, after CeeBERT (arXiv 2405.15039), is what the score has gained
since the first exit, less what it cost to get there:

    (score − score at the first exit) / G − μ · (cost − cost of the first exit) / C

G and C are what full depth gains and costs beyond the first exit on the speech of the calibration,
on average: so the score may have any unit, and the cost is what that board measured. The clock of
the utterance itself would measure its length and whatever else was running.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boards.errors import UsageError
from edge.bandit import Bandit
from edge.calibration import Calibration
from edge.chart import Chart
from edge.policy import Scored
from edge.policy.base import value_at
from edge.reference import Reference
from edge.rules import ThresholdRule
from edge.scores import SCORES

MU = 0.5
"""What the whole way down may cost, in units of what it gains on the calibration's speech: going
deeper must bring half as much as it does there on average to be worth it."""
MOST_ARMS = 6
"""Few, as each has to be found out about."""
_MOST_GAIN = 4.0
"""In units of G: one strange utterance must not decide."""


@dataclass(frozen=True)
class Scope:
    """What adapting may do with one operating point.

    It looks at `exits`, ascending, and knows what leaving at any of them or at `full`, the last
    exit of the encoder, costs, from 0 at the first to 1. `thresholds` go from that of the point
    to the surest; after them comes full depth. `gain` is G, in the unit and direction of `score`.
    """

    score: str
    exits: tuple[int, ...]
    full: int
    thresholds: tuple[float, ...]
    gain: float
    costs: dict[int, float]

    @classmethod
    def of(cls, calibration: Calibration, point: str, exits: Sequence[int]) -> Scope:
        """Return what `calibration` allows beside `point`, on an encoder with these exits.

        Its thresholds are those of the points that look at the same exits by the same score and
        are surer, and between them quantiles of the score on the calibration's speech.

        Raises:
            UsageError: there is no such point; it has no threshold; the calibration does not say
                what its speech looked like; or the score does not grow surer with depth.
        """
        rule = calibration.point(point).adaptable
        if rule is None:
            able = [p.name for p in calibration.points if p.adaptable]
            raise UsageError(
                f"operating point '{point}' has no threshold that could be adapted",
                f"points that have one: {', '.join(able)}" if able else "",
                "" if able else "calibrate with more speech: no point of this bundle has one",
            )
        looked, full = tuple(sorted(rule.exits or exits)), max(exits)
        reference = calibration.reference(rule.score)
        if reference is None or not {*looked, full} <= reference.exits.keys():
            raise UsageError(
                f"the calibration for board '{calibration.board}' does not say what {rule.score} "
                "and the exits' costs were on its speech, so there is nothing to adapt by",
                "calibrate again: eedge calibrate",
            )
        first, last = reference.exits[looked[0]], reference.exits[full]
        gain, cost = last.mean - first.mean, last.cost_s - first.cost_s
        if not _turned(rule.score, gain) < 0 < cost:
            raise UsageError(
                f"{rule.score} does not grow surer from exit {looked[0]} to exit {full}, "
                "so it cannot say when going deeper is worth it",
                "run without --adapt",
            )
        surer = [
            other.threshold
            for other in (each.adaptable for each in calibration.points)
            if other and (other.score, other.exits) == (rule.score, rule.exits)
        ]
        return cls(
            score=rule.score,
            exits=looked,
            full=full,
            thresholds=_thresholds(rule, surer, reference, looked),
            gain=gain,
            costs={
                exit: (reference.exits[exit].cost_s - first.cost_s) / cost
                for exit in (*looked, full)
            },
        )

    def leaving(self, exit: int, value: float) -> int:
        """Return how many arms, the first ones, leave at the latest at `exit`, scored `value`."""
        if exit >= self.full:
            return len(self.thresholds) + 1
        if exit >= self.exits[-1]:
            return len(self.thresholds)
        is_sure = SCORES[self.score].is_sure
        return sum(is_sure(value, threshold) for threshold in self.thresholds)

    def reward(self, exit: int, value: float, first: float) -> float:
        """Return the reward of leaving at `exit` with the score `value`."""
        gain = (value - first) / self.gain
        gain = min(max(gain, -_MOST_GAIN), _MOST_GAIN) if math.isfinite(gain) else 0.0
        return gain - MU * self.costs[exit]


class Adapting:
    """A policy that learns from every utterance what the next one runs with.

    It looks at the scores only, and leaves nothing to be done between two utterances. One that
    breaks off in the middle is passed over. Where one of two things that every utterance shows
    changes abruptly, all that was learnt is forgotten: the score at the first exit, and what the
    operating point itself would have earned. `charts` watch these two.
    """

    def __init__(
        self,
        scope: Scope,
        bandit: Bandit | None = None,
        charts: tuple[Chart, Chart] | None = None,
    ) -> None:
        self.scope = scope
        self.bandit = Bandit(len(scope.thresholds) + 1) if bandit is None else bandit
        self.charts = (Chart(), Chart()) if charts is None else charts
        self._arm = self.bandit.choose()
        self._passed: dict[int, float] = {}
        self._used: list[float | None] = []

    @property
    def score(self) -> str:
        """The score by which it decides."""
        return self.scope.score

    @property
    def deepest(self) -> int:
        """The exit at which every utterance has left."""
        return self.scope.full

    @property
    def threshold(self) -> float | None:
        """What the next utterance runs with; None for full depth."""
        return (*self.scope.thresholds, None)[self._arm]

    def used(self) -> list[float | None]:
        """Return the thresholds of the utterances since this was last asked."""
        used, self._used = self._used, []
        return used

    def leaves(self, step: Scored) -> bool:
        """Decide by the present threshold; once an utterance has left, learn from it.

        Raises:
            ScoreError: the score is NaN.
        """
        if step.exit not in self.scope.costs:
            return False
        if step.exit == self.scope.exits[0]:
            self._passed.clear()
        value = value_at(step, self.score)
        self._passed[step.exit] = value
        if self._arm >= self.scope.leaving(step.exit, value):
            return False
        self._learn()
        return True

    def _learn(self) -> None:
        """Work out what every arm up to the present one would have earned, and go on."""
        shown = self._arm + 1
        first = self._passed[self.scope.exits[0]]
        rewards = np.empty(shown)
        deeper = np.zeros((shown, self.bandit.arms), dtype=np.bool_)
        gone = 0
        for exit, value in self._passed.items():
            leave = self.scope.leaving(exit, value)
            if leave > gone:
                rewards[gone:leave] = self.scope.reward(exit, value, first)
                deeper[gone:leave, leave:] = True
                gone = leave
        changed = [
            chart.seen(value)
            for chart, value in zip(self.charts, (first, float(rewards[0])), strict=True)
        ]
        if any(changed):
            self.bandit.forget()
        self.bandit.learn(rewards, deeper)
        self._used.append(self.threshold)
        self._arm = self.bandit.choose()


def _turned(score: str, value: float) -> float:
    """Turn a value of a score so that lower is surer."""
    return value if SCORES[score].lower_is_surer else -value


def _thresholds(
    rule: ThresholdRule, others: list[float], reference: Reference, exits: tuple[int, ...]
) -> tuple[float, ...]:
    """Return at most `MOST_ARMS` − 1 thresholds, from the rule's own to the surest."""

    def turned(value: float) -> float:
        return _turned(rule.score, value)

    def surer(values: set[float]) -> list[float]:
        found = {value for value in values if turned(value) < turned(rule.threshold)}
        return sorted(found, key=turned, reverse=True)

    points = _evenly(surer(set(others)), MOST_ARMS - 2)
    seen = {edge for exit in exits[:-1] for edge in reference.exits[exit].edges}
    between = _evenly(surer(seen - set(points)), MOST_ARMS - 2 - len(points))
    return (rule.threshold, *surer({*points, *between}))


def _evenly(values: list[float], most: int) -> list[float]:
    """Return at most `most` of the values, spread evenly over their order."""
    if len(values) <= most:
        return values
    return [values[(2 * place + 1) * len(values) // (2 * most)] for place in range(most)]
