"""Thresholds are as cheap as can be had within the budget, and no cheaper."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import TableError
from calibration.fit import ThresholdFitter, at_threshold
from calibration.outcome import full_depth
from calibration.table import ExitTable
from tests.calibration.tables import make_table, tables

SCORES = ["entropy_nats", "mean_max_probability"]
BUDGETS = [0, 0.1, 0.25, 0.5, 1.0, 5.0, 50.0]


@pytest.fixture
def graded() -> ExitTable:
    """10 × 1,000 words; the surer of each pair loses nothing at exit 1, the others 10 errors."""
    return make_table(
        errors=[[10 * (row % 2), 0] for row in range(10)],
        words=[1_000] * 10,
        entropy=[[0.1 * row + (0.05 if row % 2 else 0), 0] for row in range(10)],
    )


def test_the_cheapest_threshold_within_the_budget_is_found(graded: ExitTable) -> None:
    # With u0 … uk at exit 1, (k + 1) // 2 of them make 10 errors each on 10,000 words: 0.1 points
    # each, and the one error that might not have shown is 0.01. Without a further margin:
    fitter = ThresholdFitter(graded, "entropy_nats", confidence=0.5)
    left = {budget: int((fitter.fit(budget).outcome.depth == 1).sum()) for budget in BUDGETS}
    assert left == {0: 0, 0.1: 1, 0.25: 5, 0.5: 9, 1.0: 10, 5.0: 10, 50.0: 10}


def test_a_threshold_lies_between_those_who_leave_and_those_who_stay(graded: ExitTable) -> None:
    fit = ThresholdFitter(graded, "entropy_nats", confidence=0.5).fit(0.1)
    assert fit.threshold == pytest.approx((0 + 0.15) / 2)
    assert fit.bound == pytest.approx(0.01)


def test_the_margin_is_that_of_the_normal_distribution(graded: ExitTable) -> None:
    half, nine_tenths = (
        ThresholdFitter(graded, "entropy_nats", confidence).fit(50) for confidence in (0.5, 0.9)
    )
    # All at exit 1: 5 of 10 utterances gain 10 errors on 10,000 words.
    deviation = 100 * np.sqrt(10 / 9 * 10 * 5**2) / 10_000
    assert half.bound == pytest.approx(0.5 + 0.01)
    assert nine_tenths.bound == pytest.approx(0.5 + 0.01 + 1.281552 * deviation)


@pytest.mark.parametrize("score", SCORES)
@given(table=tables(), confidence=st.floats(0.5, 0.99))
def test_no_budget_is_exceeded_on_the_table_it_was_fitted_on(
    score: str, table: ExitTable, confidence: float
) -> None:
    fitter = ThresholdFitter(table, score, confidence)
    full = full_depth(table)
    for budget in BUDGETS:
        fit = fitter.fit(budget)
        assert fit.outcome.wer(table) <= full.wer(table) + budget + 1e-9
        assert fit.bound <= budget
        assert fit.outcome.cost.mean() <= full.cost.mean() + 1e-12


@pytest.mark.parametrize("score", SCORES)
@given(table=tables())
def test_no_threshold_within_the_budget_is_cheaper(score: str, table: ExitTable) -> None:
    fitter = ThresholdFitter(table, score, confidence=0.5)
    full = full_depth(table)
    values = np.unique(table.scores[score])
    for budget in BUDGETS:
        within = [
            outcome.cost.mean()
            for outcome in (at_threshold(table, score, float(value)) for value in values)
            if (outcome.errors.sum() - full.errors.sum() + 1) * 100 / table.words.sum() <= budget
            and (outcome.depth < full.depth).any()
        ]
        cheapest = min([*within, full.cost.mean()])
        assert fitter.fit(budget).outcome.cost.mean() == pytest.approx(cheapest)


@given(table=tables())
def test_a_larger_budget_is_never_dearer(table: ExitTable) -> None:
    fitter = ThresholdFitter(table, "entropy_nats")
    costs = [fitter.fit(budget).outcome.cost.mean() for budget in BUDGETS]
    assert all(a >= b - 1e-12 for a, b in pairwise(costs))


@pytest.mark.parametrize("score", SCORES)
@given(table=tables())
def test_a_fitted_threshold_replays_to_its_own_outcome(score: str, table: ExitTable) -> None:
    fit = ThresholdFitter(table, score).fit(50.0)
    if fit.threshold is not None:
        again = at_threshold(table, score, fit.threshold)
        assert np.array_equal(again.depth, fit.outcome.depth)


def test_a_budget_that_no_threshold_keeps_says_so(graded: ExitTable) -> None:
    fit = ThresholdFitter(graded, "entropy_nats").fit(0)
    assert fit.threshold is None
    assert fit.note == "no threshold keeps it with 90 % confidence on 10 utterances"
    assert np.array_equal(fit.outcome.cost, full_depth(graded).cost)


def test_branches_that_cost_more_than_the_blocks_they_save_are_not_looked_at() -> None:
    table = make_table(
        errors=[[0, 0], [0, 0]],
        words=[1_000, 1_000],
        entropy=[[0.1, 0], [0.2, 0]],
        cost_blocks=[[1, 1.1], [1, 1.1]],
        cost_branch=[[0.5, 0.1], [0.5, 0.1]],
    )
    fit = ThresholdFitter(table, "entropy_nats").fit(1.0)
    assert fit.threshold is None
    assert fit.note == "thresholds that keep it cost more than full depth"


def test_a_constant_score_is_all_or_nothing() -> None:
    helpful = make_table([[1, 0], [1, 0]], [100, 100], [[0.3, 0.3]] * 2)
    fitter = ThresholdFitter(helpful, "entropy_nats")
    assert fitter.fit(0.5).threshold is None
    assert fitter.fit(5.0).threshold == 0.3
    assert fitter.fit(5.0).outcome.depth.tolist() == [1, 1]


def test_where_all_is_correct_all_leave_at_the_first_exit() -> None:
    table = make_table([[0, 0, 0]] * 20, [100] * 20, np.random.default_rng(0).random((20, 3)))
    assert ThresholdFitter(table, "entropy_nats").fit(0.1).outcome.depth.tolist() == [1] * 20


def test_few_utterances_that_show_no_loss_prove_nothing() -> None:
    table = make_table([[0, 0]] * 3, [10] * 3, [[0.1, 0], [0.2, 0], [0.3, 0]])
    assert ThresholdFitter(table, "entropy_nats").fit(1.0).threshold is None


def test_one_utterance_is_refused() -> None:
    with pytest.raises(TableError, match="single utterance"):
        ThresholdFitter(make_table([[1, 0]], [3], [[0, 0]]), "entropy_nats")


def test_one_exit_leaves_nothing_to_choose() -> None:
    table = make_table([[1], [0]], [300, 400], [[0.1], [0.2]])
    assert ThresholdFitter(table, "entropy_nats").fit(5.0).threshold is None


def test_a_score_that_is_not_there_is_named(graded: ExitTable) -> None:
    with pytest.raises(TableError, match="no score 'entropy_normalised'"):
        ThresholdFitter(graded, "entropy_normalised")
