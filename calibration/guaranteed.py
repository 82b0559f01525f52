"""Policies that keep a budget with a stated probability: fitted on half, tested on the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.crossfit import LearntPath, folds, learnt_paths
from calibration.guarantee import MOST_COUNTED, best_stake, loss, p_value, utterances_needed
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable, Floats, Ints
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
        losses = _losses(path)
        order, words = _order(path, losses, epsilon), path.table.words
        last = _last_to_pass(
            order, path, losses, epsilon, delta, words, lambda index: losses[index]
        )
        cost = full_depth(path.table).cost if last is None else path.cost[last]
        return float(cost.mean())

    return min(paths, key=least)


def _promise(
    path: LearntPath, testing: ExitTable, epsilon: float, delta: float, full: FixedRule
) -> Promise:
    losses = _losses(path)
    order = _order(path, losses, epsilon)
    if not order:
        return Promise(epsilon, full, None, "what keeps it costs more than full depth")
    reference = full_depth(testing).errors

    def found(index: int) -> Floats:
        return loss(replay(testing, path.rules[index]).errors, reference)

    passed = _last_to_pass(order, path, losses, epsilon, delta, testing.words, found)
    if passed is not None:
        guarantee = Guarantee(
            epsilon=epsilon, delta=delta, utterances=len(testing), most_counted=MOST_COUNTED
        )
        return Promise(epsilon, path.rules[passed], guarantee)
    return Promise(
        epsilon, full, None, _why_not(losses[order[0]], path, len(testing), epsilon, delta)
    )


def _losses(path: LearntPath) -> Floats:
    """Return [K, U]: what each rule loses where it was not fitted."""
    return loss(path.errors, full_depth(path.table).errors)


def _last_to_pass(
    order: Sequence[int],
    path: LearntPath,
    losses: Floats,
    epsilon: float,
    delta: float,
    words: Ints,
    found: Callable[[int], Floats],
) -> int | None:
    """Test rules in this order until one fails; return the last that passed, if any has.

    `found` returns a rule's losses on the utterances that it is tested on, which have `words`.
    """
    passed = None
    for index in order:
        stake = best_stake(losses[index], path.table.words, epsilon)
        if p_value(found(index), words, epsilon, stake) > delta:
            break
        passed = index
    return passed


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
