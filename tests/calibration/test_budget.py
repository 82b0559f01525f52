"""A budget that was fitted on one half of a population holds on the other."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.bootstrap import Bootstrap
from calibration.kinds import criteria
from calibration.points import fit_points
from calibration.replay import replay
from calibration.table import ExitTable, Floats
from tests.calibration.tables import make_table

BUDGETS = (0.1, 0.25, 0.5, 1.0)
CAL, TEST = 480, 770
"""As many utterances as our own cal and test lists hold."""
REPETITIONS = 60


def population(size: int, seed: int) -> ExitTable:
    """Utterances of some 11 words, hard and easy; an entropy that knows the error rate roughly.

    Exits make about 55, 43, 34, 27, 24 and 23 % errors, largely the same ones.
    """
    rng = np.random.default_rng(seed)
    words = np.maximum(1, rng.lognormal(2.0, 0.9, size).astype(int))
    hard = np.clip(rng.beta(1.2, 3, (size, 1)), 0.001, 0.95)
    more = np.array([3.75, 2.5, 1.75, 1.25, 1.05, 1.0])
    rate: Floats = np.clip(0.8 * hard * (1 + (more - 1) * rng.uniform(0.3, 1, (size, 1))), 0, 0.97)
    # Each word is as hard for every exit, but for 12 % of the words, which are hard anew.
    longest = words.max()
    luck = rng.random((size, 1, longest)).repeat(6, axis=1)
    luck = np.where(rng.random(luck.shape) < 0.12, rng.random(luck.shape), luck)
    said = np.arange(longest) < words[:, None, None]
    entropy = rate * np.exp(rng.normal(0, 0.35, (size, 1)) + rng.normal(0, 0.15, rate.shape))
    return make_table(
        errors=((luck < rate[:, :, None]) & said).sum(axis=2),
        words=words,
        entropy=entropy,
        exits=[2, 4, 6, 8, 10, 12],
    )


@pytest.mark.slow
def test_a_budget_holds_on_other_speech_within_its_interval() -> None:
    everything = population(12_000, seed=0)
    rng = np.random.default_rng(1)
    held = np.zeros(len(BUDGETS))
    saved, lost = np.zeros(len(BUDGETS)), np.zeros(len(BUDGETS))
    for _ in range(REPETITIONS):
        order = rng.permutation(len(everything))
        cal, test = (
            everything.where(np.isin(np.arange(len(order)), part))
            for part in (order[:CAL], order[CAL : CAL + TEST])
        )
        points = [point for point in fit_points(cal, criteria(cal)) if point.budget in BUDGETS]
        outcomes = [replay(test, point.rule) for point in points]
        summaries = Bootstrap(test.corpus, replicates=500).summarise(test, outcomes)
        held += [
            summary.increase.low <= budget
            for summary, budget in zip(summaries, BUDGETS, strict=True)
        ]
        saved += [12 - summary.depth.value for summary in summaries]
        lost += [summary.increase.value for summary in summaries]
    # On the mean of many repetitions less than a budget is spent: 0.05, 0.14, 0.37, 0.78.
    assert np.all(lost / REPETITIONS < np.array(BUDGETS))
    # The interval of one test list holds it in 95 to 100 % of them: this is no guarantee.
    assert np.all(held >= 0.9 * REPETITIONS)
    # And it is not held by never leaving: the mean exits are 11.6, 11.3, 10.8 and 10.0.
    assert np.all(saved / REPETITIONS > [0.3, 0.6, 1.0, 1.7])
