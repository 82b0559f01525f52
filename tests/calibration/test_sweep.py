"""The sweep against brute force: every threshold tried on every utterance, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from calibration.outcome import Outcome, first_within, full_depth, leaving_at
from calibration.sweep import sweep
from calibration.table import ExitTable, Floats
from tests.calibration.tables import make_table, tables


def by_hand(table: ExitTable, doubt: Floats, limit: float) -> Outcome:
    errors, depth, cost = [], [], []
    for row in range(len(table)):
        spent = 0.0
        for column, exit_ in enumerate(table.exits):
            spent += table.cost_branch[row, column]
            if doubt[row, column] <= limit or column == len(table.exits) - 1:
                errors.append(table.errors[row, column])
                depth.append(exit_)
                cost.append(table.cost_blocks[row, column] + spent)
                break
    return Outcome(np.array(errors, float), np.array(depth, float), np.array(cost))


@given(table=tables(least_utterances=1))
def test_it_tries_every_choice_that_any_threshold_makes(table: ExitTable) -> None:
    doubt = table.scores["entropy_nats"]
    every = np.concatenate([[-np.inf], np.unique(doubt[:, :-1])])
    choices = {tuple(first_within(doubt, limit)) for limit in every}
    assert {tuple(first_within(doubt, limit)) for limit in sweep(table, doubt).limit} == choices


@given(table=tables(least_utterances=1))
def test_its_sums_are_those_of_brute_force(table: ExitTable) -> None:
    doubt = table.scores["entropy_nats"]
    tried = sweep(table, doubt)
    full = full_depth(table)
    for index, limit in enumerate(tried.limit):
        outcome = by_hand(table, doubt, limit)
        assert tried.errors[index] == outcome.errors.sum()
        assert tried.depth[index] == pytest.approx(outcome.depth.mean(), abs=1e-12)
        assert tried.cost[index] == pytest.approx(outcome.cost.mean(), abs=1e-12)
        assert tried.increase[index] == pytest.approx(outcome.wer(table) - full.wer(table))
        assert tried.deviation[index] == pytest.approx(deviation(table, outcome), abs=1e-5)


def deviation(table: ExitTable, outcome: Outcome) -> float:
    """The standard error of a ratio of sums, as the textbook writes it."""
    more = outcome.errors - full_depth(table).errors
    words = table.words.astype(float)
    residual = more - more.sum() / words.sum() * words
    count = len(table)
    variance = count / max(1, count - 1) * np.square(residual).sum() / words.sum() ** 2
    return float(100 * np.sqrt(variance))


def test_a_threshold_is_replayed_as_brute_force_does() -> None:
    table = make_table(
        errors=[[3, 1, 0], [0, 0, 1], [2, 2, 2]],
        words=[10, 5, 5],
        entropy=[[0.9, 0.5, 0.2], [0.1, 0.3, 0.0], [0.6, 0.7, 0.9]],
        exits=[2, 4, 6],
        cost_blocks=[[2, 4, 6], [1, 2, 3], [2, 4, 6]],
        cost_branch=[[0.5, 0.5, 0.5]] * 3,
    )
    outcome = leaving_at(table, first_within(table.scores["entropy_nats"], 0.5), looked=True)
    # u0 looks twice and leaves at exit 4; u1 leaves at exit 2; u2 is never sure and looks thrice.
    assert outcome.errors.tolist() == [1, 0, 2]
    assert outcome.depth.tolist() == [4, 2, 6]
    assert outcome.cost.tolist() == [5.0, 1.5, 7.5]


def test_the_limits_of_a_tiny_table() -> None:
    table = make_table(
        errors=[[3, 1, 0], [0, 0, 1]],
        words=[10, 10],
        entropy=[[0.9, 0.5, 0.2], [0.1, 0.05, 0.0]],
        exits=[2, 4, 6],
    )
    tried = sweep(table, table.scores["entropy_nats"])
    # Half-way between 0.05, 0.1, 0.5 and 0.9: u1 at 4, u1 at 2, u0 at 4, u0 at 2.
    assert tried.limit.tolist() == pytest.approx([-np.inf, 0.075, 0.3, 0.7, 0.9])
    assert tried.errors.tolist() == [1, 0, 0, 1, 3]
    assert tried.depth.tolist() == [6, 5, 4, 3, 2]
    assert tried.increase.tolist() == pytest.approx([0, -5, -5, 0, 10])


def test_neighbouring_numbers_keep_their_own_limits() -> None:
    low = 0.1
    high = float(np.nextafter(low, 1))
    table = make_table(errors=[[1, 0], [1, 0]], words=[1, 1], entropy=[[low, 0], [high, 0]])
    assert sweep(table, table.scores["entropy_nats"]).errors.tolist() == [0, 1, 2]


def test_a_table_of_the_size_that_one_has_is_swept_at_once() -> None:
    rng = np.random.default_rng(0)
    shape = 6_000, 6
    table = make_table(
        errors=rng.integers(0, 5, shape).astype(float),
        words=rng.integers(5, 40, 6_000).astype(float),
        entropy=rng.random(shape),
    )
    tried = sweep(table, table.scores["entropy_nats"])
    assert len(tried.limit) > 6_000
    assert np.all(np.diff(tried.depth) < 0)
