"""A guarantee is kept as often as it says, and is worth something."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from calibration.crossfit import learnt_paths
from calibration.guarantee import MOST_COUNTED, best_stake, loss, p_value, utterances_needed
from calibration.guaranteed import promised
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable, Floats, Ints
from edge.rules import FixedRule, Rule
from tests.calibration.simulated import simulate
from tests.calibration.tables import make_table

DELTA = 0.1
EPSILON = 2.0
SAMPLES = 2_000
WORDS = 10
ONE_SET = [["unsureness", "sureness"]]
HARDNESS = (-1.3, -1.9, -2.1)
"""Exits 2, 4 and 6: the first is enough for most."""


Draw = Callable[[np.random.Generator, int, float], Floats]


def rare(rng: np.random.Generator, size: int, mean: float) -> Floats:
    return np.where(rng.random(size) < mean / MOST_COUNTED, float(MOST_COUNTED), 0.0)


def even(rng: np.random.Generator, size: int, mean: float) -> Floats:
    return (rng.random(size) < mean).astype(np.float64)


def both_ways(rng: np.random.Generator, size: int, mean: float) -> Floats:
    """Return losses of which a third is below zero: a shallow exit is often better."""
    return rng.choice([-2.0, 0.0, 2.0], size, p=[1 / 3, 1 / 3 - mean / 2, 1 / 3 + mean / 2])


@pytest.mark.parametrize("draw", [rare, even, both_ways])
@pytest.mark.parametrize("stake", [0.02, 0.3, 0.98])
def test_a_promise_that_is_just_broken_passes_in_no_more_than_delta(
    draw: Draw, stake: float
) -> None:
    rng = np.random.default_rng(0)
    words = np.full(300, WORDS)
    # ε of ten words, to the last digit.
    passed = [
        p_value(draw(rng, 300, EPSILON / 100 * WORDS), words, EPSILON, stake) <= DELTA
        for _ in range(SAMPLES)
    ]
    # Three standard errors of a share of 0.1 in 2,000 samples are 0.02.
    assert np.mean(passed) <= DELTA + 0.02


def test_neither_do_utterances_of_different_lengths() -> None:
    rng = np.random.default_rng(1)
    passed = []
    for _ in range(SAMPLES):
        words: Ints = rng.integers(1, 40, 300)
        # What is long has more errors; over all it is ε of the words.
        losses = rng.binomial(words, EPSILON / 100).astype(np.float64)
        passed.append(p_value(np.minimum(losses, MOST_COUNTED), words, EPSILON, 0.3) <= DELTA)
    assert np.mean(passed) <= DELTA + 0.02


@pytest.mark.parametrize("draw", [even, both_ways])
def test_a_promise_that_is_kept_by_far_passes(draw: Draw) -> None:
    rng = np.random.default_rng(2)
    words = np.full(800, WORDS)
    stake = best_stake(draw(rng, 800, 0.02), words, EPSILON)
    passed = [p_value(draw(rng, 800, 0.02), words, EPSILON, stake) <= DELTA for _ in range(200)]
    assert np.mean(passed) > 0.6


def test_one_utterance_counts_at_most_ten_errors() -> None:
    assert loss(np.array([30.0, 4.0, 0.0]), np.array([2.0, 2.0, 5.0])).tolist() == [10, 2, -5]
    # Even so, one that counts full takes nearly all that was staked.
    words = np.full(100, WORDS)
    losses = np.zeros(100)
    before = p_value(losses, words, EPSILON, 0.9)
    losses[0] = MOST_COUNTED
    assert p_value(losses, words, EPSILON, 0.9) > 1.9 * before


def test_a_p_value_is_at_most_one() -> None:
    assert p_value(np.full(50, 3.0), np.full(50, WORDS), 0.1, 0.5) == 1


def test_the_number_of_utterances_that_it_takes_is_about_right() -> None:
    rng = np.random.default_rng(3)
    words = np.full(4_000, WORDS)
    needed = utterances_needed(even(rng, 4_000, 0.1), words, EPSILON, DELTA)
    stake = best_stake(even(rng, 4_000, 0.1), words, EPSILON)

    def share_that_passes(size: int) -> float:
        tried = [
            p_value(even(rng, size, 0.1), words[:size], EPSILON, stake) <= DELTA for _ in range(300)
        ]
        return float(np.mean(tried))

    assert share_that_passes(needed // 3) < 0.4
    assert share_that_passes(2 * needed) > 0.7


def test_more_utterances_do_not_help_a_broken_promise() -> None:
    assert utterances_needed(np.full(100, 1.0), np.full(100, WORDS), EPSILON, DELTA) == 0


class Truth:
    """What a rule really does: on 8,000 utterances, where a sample decides no more."""

    def __init__(self) -> None:
        self.table = simulate(8_000, seed=999, hardness=HARDNESS)
        self._full = full_depth(self.table).errors

    def of(self, rule: Rule) -> tuple[float, float]:
        """Return points of WER over full depth, as they count, and mean exit."""
        found = replay(self.table, rule)
        increase = 100 * loss(found.errors, self._full).sum() / self.table.words.sum()
        return float(increase), float(found.depth.mean())

    def best(self) -> float:
        """Return the least mean exit of the family within the budget, fitted on plenty."""
        paths = learnt_paths(simulate(8_000, seed=998, hardness=HARDNESS), ONE_SET)
        found = [self.of(rule) for path in paths for rule in path.rules]
        return min(exit for increase, exit in found if increase <= EPSILON)


@pytest.mark.slow
def test_over_500_repetitions_the_guarantee_holds_and_is_worth_something() -> None:
    truth = Truth()
    kept, exits = [], []
    for seed in range(500):
        cal = simulate(400, seed, hardness=HARDNESS)
        (promise,) = promised(cal, ONE_SET, [EPSILON], DELTA)
        increase, exit = truth.of(promise.rule)
        kept.append(increase <= EPSILON)
        exits.append(exit)
    assert np.mean(kept) >= 1 - DELTA
    # Exits are two blocks apart, and full depth is 6.
    assert np.mean(exits) <= truth.best() + 2


def cal_of(size: int) -> ExitTable:
    return simulate(size, seed=4, hardness=HARDNESS)


def test_a_promise_says_what_it_rests_on() -> None:
    (promise,) = promised(cal_of(800), ONE_SET, [EPSILON], DELTA)
    assert promise.guarantee is not None
    assert (promise.guarantee.epsilon, promise.guarantee.delta) == (EPSILON, DELTA)
    assert promise.guarantee.utterances == 400
    assert promise.guarantee.most_counted == MOST_COUNTED
    assert not promise.note


def test_a_larger_budget_never_costs_more() -> None:
    table = cal_of(800)
    promises = promised(table, ONE_SET, [0.5, 1.0, 2.0, 4.0], DELTA)
    costs = [replay(table, promise.rule).cost.mean() for promise in promises]
    assert np.all(np.diff(costs) <= 0.1)
    assert costs[-1] < costs[0]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (cal_of(81), "81 utterances are too few to promise it; about [1-9]0*,?0* might do"),
        (cal_of(12), "12 utterances are too few to fit on one half and test on the other"),
        (cal_of(800).among([6]), "there is a single exit"),
        (
            make_table([[9, 0, 0]] * 60, [9] * 60, np.ones((60, 3)), [[9, 9.5, 1]] * 60),
            "what keeps it costs more than full depth",
        ),
    ],
    ids=["too few to test", "too few to fit", "one exit", "nothing to save"],
)
def test_what_cannot_be_promised_is_full_depth_and_says_why(table: ExitTable, says: str) -> None:
    sets = ONE_SET if "sureness" in table.scores else [["entropy_nats"]]
    (promise,) = promised(table, sets, [EPSILON], DELTA)
    assert promise.rule == FixedRule(exit=int(table.exits[-1]))
    assert promise.guarantee is None
    assert re.fullmatch(says, promise.note)
