"""Thresholds are as cheap as can be had within the budget, and no cheaper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import TableError
from calibration.fit import Fit, ThresholdFitter, at_threshold
from calibration.outcome import Outcome, fixed_exit, full_depth
from calibration.table import ExitTable
from tests.calibration.tables import make_table, tables

pytestmark = pytest.mark.slow

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


def outcome_of(table: ExitTable, score: str, fit: Fit) -> Outcome:
    if fit.threshold is None:
        return fixed_exit(table, table.column(fit.exits[-1]))
    return at_threshold(table, score, fit.threshold, fit.exits)


def every_policy(table: ExitTable, score: str) -> Iterator[Outcome]:
    """Yield what can be chosen from: fixed exits, and each threshold on each range of exits."""
    exits = table.exits.tolist()
    for first, start in enumerate(exits[:-1]):
        yield fixed_exit(table, first)
        for last in range(first + 1, len(exits)):
            for threshold in np.unique(table.scores[score][:, first:last]):
                yield at_threshold(table, score, float(threshold), tuple(exits[first : last + 1]))
        assert start == exits[first]


def test_the_cheapest_threshold_within_the_budget_is_found(graded: ExitTable) -> None:
    # With u0 … uk at exit 1, (k + 1) // 2 of them make 10 errors each on 10,000 words: 0.1 points
    # each, and the one error that might not have shown is 0.01. Without a further margin:
    fitter = ThresholdFitter(graded, "entropy_nats", confidence=0.5)
    left = {
        budget: int((outcome_of(graded, "entropy_nats", fitter.fit(budget)).depth == 1).sum())
        for budget in BUDGETS
    }
    assert left == {0: 0, 0.1: 1, 0.25: 5, 0.5: 9, 1.0: 10, 5.0: 10, 50.0: 10}


def test_a_threshold_lies_between_those_who_leave_and_those_who_stay(graded: ExitTable) -> None:
    fit = ThresholdFitter(graded, "entropy_nats", confidence=0.5).fit(0.1)
    assert fit.exits == (1, 2)
    assert fit.threshold == pytest.approx((0 + 0.15) / 2)


def test_where_all_leave_at_one_exit_no_score_is_computed(graded: ExitTable) -> None:
    fit = ThresholdFitter(graded, "entropy_nats", confidence=0.5).fit(50)
    assert (fit.exits, fit.threshold) == ((1,), None)


@pytest.mark.parametrize(
    ("confidence", "deviations"), [(0.5, 0), (0.9, 1.281552), (0.95, 1.644854)]
)
def test_the_margin_is_that_of_the_normal_distribution(
    graded: ExitTable, confidence: float, deviations: float
) -> None:
    fitter = ThresholdFitter(graded, "entropy_nats", confidence)
    # All at exit 1: 5 of 10 utterances gain 10 errors on 10,000 words.
    deviation = 100 * np.sqrt(10 / 9 * 10 * 5**2) / 10_000
    bound = 0.5 + 0.01 + deviations * deviation
    assert fitter.fit(bound + 1e-6).exits == (1,)
    assert fitter.fit(bound - 1e-6).exits == (1, 2)


def test_exits_at_which_nobody_should_leave_are_not_looked_at() -> None:
    # Exit 1 is as sure as exit 2, and always wrong; exit 4 is surer than exit 3, and no better.
    table = make_table(
        errors=[[9, 0, 0, 0], [9, 5, 0, 0]] * 10,
        words=[1_000] * 20,
        entropy=[[0.1, 0.1, 0.1, 0.1], [0.2, 0.2, 0.2, 0.1]] * 10,
        cost_branch=np.full((20, 4), 0.1),
    )
    fit = ThresholdFitter(table, "entropy_nats").fit(0.1)
    assert fit.exits == (2, 3)
    assert fit.threshold == pytest.approx(0.15)


@pytest.mark.parametrize("score", SCORES)
@given(table=tables(), confidence=st.floats(0.5, 0.99))
def test_no_budget_is_exceeded_on_the_table_it_was_fitted_on(
    score: str, table: ExitTable, confidence: float
) -> None:
    fitter = ThresholdFitter(table, score, confidence)
    full = full_depth(table)
    for budget in BUDGETS:
        outcome = outcome_of(table, score, fitter.fit(budget))
        assert outcome.wer(table) <= full.wer(table) + budget + 1e-9
        assert outcome.cost.mean() <= full.cost.mean() + 1e-12


@pytest.mark.parametrize("score", SCORES)
@given(table=tables())
def test_nothing_within_the_budget_is_cheaper(score: str, table: ExitTable) -> None:
    fitter = ThresholdFitter(table, score, confidence=0.5)
    full = full_depth(table)
    policies = [
        (100 * (outcome.errors.sum() - full.errors.sum() + 1) / table.words.sum(), outcome)
        for outcome in every_policy(table, score)
    ]
    for budget in BUDGETS:
        within = [outcome.cost.mean() for bound, outcome in policies if bound <= budget]
        found = outcome_of(table, score, fitter.fit(budget)).cost.mean()
        assert found == pytest.approx(min([*within, full.cost.mean()]))


@given(table=tables())
def test_a_larger_budget_is_never_dearer(table: ExitTable) -> None:
    fitter = ThresholdFitter(table, "entropy_nats")
    costs = [
        outcome_of(table, "entropy_nats", fitter.fit(budget)).cost.mean() for budget in BUDGETS
    ]
    assert all(a >= b - 1e-12 for a, b in pairwise(costs))


def test_a_budget_that_no_threshold_keeps_says_so(graded: ExitTable) -> None:
    fit = ThresholdFitter(graded, "entropy_nats").fit(0)
    assert (fit.exits, fit.threshold) == ((2,), None)
    assert fit.note == "nothing else keeps it with 95 % confidence on 10 utterances"


def test_branches_that_cost_more_than_the_blocks_they_save_are_not_looked_at() -> None:
    table = make_table(
        errors=[[0, 0], [0, 0]],
        words=[1_000, 1_000],
        entropy=[[0.1, 0], [0.2, 0]],
        cost_blocks=[[1, 1.1], [1, 1.1]],
        cost_branch=[[0.5, 0.1], [0.5, 0.1]],
    )
    fit = ThresholdFitter(table, "entropy_nats").fit(1.0)
    assert (fit.exits, fit.threshold) == ((2,), None)
    assert fit.note == "what keeps it costs more than full depth"


def test_a_constant_score_is_all_or_nothing() -> None:
    fitter = ThresholdFitter(make_table([[1, 0]] * 2, [100] * 2, [[0.3, 0.3]] * 2), "entropy_nats")
    assert fitter.fit(0.5).exits == (2,)
    assert fitter.fit(5.0).exits == (1,)


def test_where_all_is_correct_all_leave_at_the_first_exit() -> None:
    table = make_table([[0, 0, 0]] * 20, [100] * 20, np.random.default_rng(0).random((20, 3)))
    assert ThresholdFitter(table, "entropy_nats").fit(0.1).exits == (1,)


def test_few_utterances_that_show_no_loss_prove_nothing() -> None:
    table = make_table([[0, 0]] * 3, [10] * 3, [[0.1, 0], [0.2, 0], [0.3, 0]])
    assert ThresholdFitter(table, "entropy_nats").fit(1.0).exits == (2,)


def test_one_utterance_is_refused() -> None:
    with pytest.raises(TableError, match="single utterance"):
        ThresholdFitter(make_table([[1, 0]], [3], [[0, 0]]), "entropy_nats")


def test_one_exit_leaves_nothing_to_choose() -> None:
    table = make_table([[1], [0]], [300, 400], [[0.1], [0.2]])
    assert ThresholdFitter(table, "entropy_nats").fit(5.0).exits == (1,)


def test_a_score_that_is_not_there_is_named(graded: ExitTable) -> None:
    with pytest.raises(TableError, match="no score 'entropy_normalised'"):
        ThresholdFitter(graded, "entropy_normalised")


@pytest.mark.parametrize("confidence", [0.4, 1.0])
def test_a_confidence_that_is_none_is_a_mistake(graded: ExitTable, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"is not from 0\.5"):
        ThresholdFitter(graded, "entropy_nats", confidence)
