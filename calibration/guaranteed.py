"""Policies that keep a budget with a stated probability: fitted on half, tested on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.crossfit import LearntPath, folds, learnt_paths
from calibration.guarantee import MOST_COUNTED, best_stake, loss, p_value, utterances_needed
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable, Floats
from edge.calibration import Guarantee
from edge.rules import FixedRule, Rule


@dataclass(frozen=True)
class Promise:
    """A rule with its guarantee; full depth without one, and a note why."""

    epsilon: float
    rule: Rule
    guarantee: Guarantee | None
    note: str = ""


def promised(
    table: ExitTable, sets: Sequence[Sequence[str]], epsilons: Sequence[float], delta: float
) -> list[Promise]:
    """Return, for each of `epsilons` (points over full depth), the cheapest rule that passes.

    Rules of the learnt score are fitted on half of the utterances, drawn at random, and put in an
    order there: first the one that is surest to pass, then the cheaper ones. On the other half
    they are tested in this order until one fails; each epsilon has its test to itself, so that
    each promise holds with probability 1 − `delta`, and not all at once.
    """
    full = FixedRule(exit=int(table.exits[-1]))
    if len(table.exits) < 2:
        return [Promise(epsilon, full, None, "there is a single exit") for epsilon in epsilons]
    few = f"{len(table)} utterances are too few to fit on one half and test on the other"
    if np.count_nonzero(table.words) < 2:
        return [Promise(epsilon, full, None, few) for epsilon in epsilons]
    half = folds(table, 2) == 0
    testing = table.where(~half)
    paths = learnt_paths(table.where(half), sets, keep=1)
    if not paths:
        return [Promise(epsilon, full, None, few) for epsilon in epsilons]
    return [
        _promise(_promising(paths, epsilon, delta), testing, epsilon, delta, full)
        for epsilon in epsilons
    ]


def _promising(paths: Sequence[LearntPath], epsilon: float, delta: float) -> LearntPath:
    """Return the path of which the cheapest rule would pass on the half that it was fitted on."""

    def least(path: LearntPath) -> float:
        losses = loss(path.errors, full_depth(path.table).errors)
        cost = float(full_depth(path.table).cost.mean())
        for index in _order(path, losses, epsilon):
            stake = best_stake(losses[index], path.table.words, epsilon)
            if p_value(losses[index], path.table.words, epsilon, stake) > delta:
                break
            cost = float(path.cost[index].mean())
        return cost

    return min(paths, key=least)


def _promise(
    path: LearntPath, testing: ExitTable, epsilon: float, delta: float, full: FixedRule
) -> Promise:
    losses = loss(path.errors, full_depth(path.table).errors)
    order = _order(path, losses, epsilon)
    if not order:
        return Promise(epsilon, full, None, "what keeps it costs more than full depth")
    reference = full_depth(testing).errors
    passed: Rule | None = None
    for index in order:
        stake = best_stake(losses[index], path.table.words, epsilon)
        rule = path.rules[index]
        found = loss(replay(testing, rule).errors, reference)
        if p_value(found, testing.words, epsilon, stake) > delta:
            break
        passed = rule
    if passed is not None:
        guarantee = Guarantee(
            epsilon=epsilon, delta=delta, utterances=len(testing), most_counted=MOST_COUNTED
        )
        return Promise(epsilon, passed, guarantee)
    return Promise(
        epsilon, full, None, _why_not(losses[order[0]], path, len(testing), epsilon, delta)
    )


def _order(path: LearntPath, losses: Floats, epsilon: float) -> list[int]:
    """Return the rules that cost less than full depth, in the order of their tests."""
    cost = path.cost.mean(axis=1)
    worth = np.flatnonzero(cost < full_depth(path.table).cost.mean())
    if not len(worth):
        return []
    against = losses - epsilon / 100 * path.table.words
    spread = against.std(axis=1) + 1 / np.sqrt(len(path.table))
    surest = int(worth[np.argmin((against.mean(axis=1) / spread)[worth])])
    cheaper = np.flatnonzero(cost < cost[surest])
    return [surest, *cheaper[np.argsort(-cost[cheaper])].tolist()]


def _why_not(losses: Floats, path: LearntPath, testing: int, epsilon: float, delta: float) -> str:
    needed = utterances_needed(losses, path.table.words, epsilon, delta)
    if not needed:
        return "no rule kept it on the half that it was fitted on"
    count = len(path.table) + testing
    if 2 * needed <= count:  # Half of them are for fitting.
        return f"the half of {count} utterances that it was tested on did not bear it out"
    return f"{count} utterances are too few to promise it; about {_rounded(2 * needed):,} might do"


def _rounded(count: int) -> int:
    """Return a count to one significant digit: it is a guess."""
    size = int(10 ** (len(str(count)) - 1))
    return -(-count // size) * size
