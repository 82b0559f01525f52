"""The lines of comparison, on a table small enough to do by hand, and on random ones."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.curve import Curve, lower_hull
from calibration.lines import Axis, Oracle, RandomMix, fixed_exits, spending
from calibration.outcome import Outcome
from calibration.table import ExitTable
from tests.calibration.tables import make_table, tables

pytestmark = pytest.mark.slow

AXES: list[Axis] = ["depth", "cost"]


@pytest.fixture
def tiny() -> ExitTable:
    """30 words; exits 2, 4, 6 make 8, 3, 2 errors; a block costs 1 s, a branch 0.5 s."""
    return make_table(
        errors=[[4, 2, 0], [0, 0, 0], [4, 1, 2]],
        words=[10, 10, 10],
        entropy=np.zeros((3, 3)),
        exits=[2, 4, 6],
        cost_branch=np.full((3, 3), 0.5),
    )


def errors_of(outcome: Outcome | None) -> float:
    assert outcome is not None
    return float(outcome.errors.sum())


def mean_of(outcome: Outcome | None, axis: Axis) -> float:
    assert outcome is not None
    return float((outcome.depth if axis == "depth" else outcome.cost).mean())


def test_fixed_exits(tiny: ExitTable) -> None:
    outcomes = fixed_exits(tiny)
    assert [outcome.wer(tiny) for outcome in outcomes] == pytest.approx([80 / 3, 10, 20 / 3])
    assert [outcome.depth.mean() for outcome in outcomes] == [2, 4, 6]
    # Its own branch only, however many lie before it.
    assert [outcome.cost.mean() for outcome in outcomes] == [2.5, 4.5, 6.5]


@pytest.mark.parametrize(
    ("wer", "depth", "errors"),
    [
        (20 / 3, 6.0, 2.0),  # full depth
        (25 / 3, 5.0, 2.5),  # exits 4 and 6, half and half
        (10.0, 4.0, 3.0),
        (10 + 25 / 3, 3.0, 5.5),  # exits 2 and 4
        (80 / 3, 2.0, 8.0),
        (99.0, 2.0, 8.0),  # nothing is cheaper
    ],
)
def test_random_mix_at_a_wer(tiny: ExitTable, wer: float, depth: float, errors: float) -> None:
    mix = RandomMix.of(tiny, "depth").at_wer(wer)
    assert mean_of(mix, "depth") == pytest.approx(depth)
    assert mean_of(mix, "cost") == pytest.approx(depth + 0.5)
    assert errors_of(mix) == pytest.approx(errors)


def test_no_random_mix_is_better_than_the_best_exit(tiny: ExitTable) -> None:
    assert RandomMix.of(tiny, "depth").at_wer(6.6) is None


def test_random_mix_at_a_cost(tiny: ExitTable) -> None:
    curve = RandomMix.of(tiny, "cost").curve
    assert curve.wer_at(2.4) is None
    assert curve.wer_at(3.5) == pytest.approx((80 / 3 + 10) / 2)
    assert curve.wer_at(99) == pytest.approx(20 / 3)


def test_an_exit_above_the_line_of_its_neighbours_is_no_part_of_the_mix() -> None:
    table = make_table([[9, 8, 0]], [10], [[0, 0, 0]])
    assert RandomMix.of(table, "depth").columns == [0, 2]


def test_exits_that_are_deeper_and_no_better_are_no_part_of_the_mix() -> None:
    table = make_table([[9, 1, 1, 2]], [10], [[0, 0, 0, 0]])
    assert RandomMix.of(table, "depth").columns == [0, 1]


def test_the_oracle_takes_the_shallowest_exit_with_the_fewest_errors(tiny: ExitTable) -> None:
    best = Oracle(tiny, "depth").best
    assert best.depth.tolist() == [6, 2, 4]
    assert best.errors.tolist() == [0, 0, 1]
    assert best.cost.tolist() == [6.5, 2.5, 4.5]


@pytest.mark.parametrize(
    ("errors", "depths"),
    [
        (1, [6, 2, 4]),
        (2, [5, 2, 4]),  # u0 saves 4 blocks for 4 errors: by a coin, 1 block for 1 error
        (5, [2, 2, 4]),  # then all 4
        (6.5, [2, 2, 3]),  # u2 saves 2 blocks for 3 errors
        (8, [2, 2, 2]),
        (9, [2, 2, 2]),
    ],
)
def test_an_oracle_that_may_err_does_so_where_it_saves_most(
    tiny: ExitTable, errors: float, depths: list[float]
) -> None:
    oracle = Oracle(tiny, "depth")
    outcome = oracle.at_wer(100 * errors / 30)
    assert outcome is not None
    assert outcome.depth.tolist() == pytest.approx(depths)
    assert outcome.errors.sum() == pytest.approx(min(errors, 8))
    assert oracle.curve.cost_at(100 * errors / 30) == pytest.approx(np.mean(depths))


def test_no_oracle_is_better_than_its_best(tiny: ExitTable) -> None:
    assert Oracle(tiny, "depth").at_wer(3.3) is None
    assert Oracle(tiny, "depth").curve.cost_at(3.3) is None


def test_where_all_is_correct_everything_leaves_at_the_first_exit() -> None:
    table = make_table([[0, 0], [0, 0]], [3, 4], [[0, 0], [0, 0]])
    assert Oracle(table, "depth").best.depth.tolist() == [1, 1]
    assert RandomMix.of(table, "depth").columns == [0]
    assert mean_of(RandomMix.of(table, "depth").at_wer(0.0), "depth") == 1


@pytest.mark.parametrize("axis", AXES)
@given(table=tables(least_utterances=1), share=st.floats(0, 1))
def test_the_oracle_is_never_dearer_than_the_random_mix(
    axis: Axis, table: ExitTable, share: float
) -> None:
    mix = RandomMix.of(table, axis)
    wer = mix.curve.wer[-1] + share * (mix.curve.wer[0] - mix.curve.wer[-1])
    oracle = Oracle(table, axis).at_wer(wer)
    assert mean_of(oracle, axis) <= mean_of(mix.at_wer(wer), axis) + 1e-9
    assert errors_of(oracle) <= wer / 100 * table.words.sum() + 1e-6


@pytest.mark.parametrize("axis", AXES)
@given(table=tables(least_utterances=1))
def test_the_lines_fall_and_their_points_are_reached(axis: Axis, table: ExitTable) -> None:
    mix, oracle = RandomMix.of(table, axis), Oracle(table, axis)
    for curve in (mix.curve, oracle.curve):
        assert all(a < b for a, b in pairwise(curve.cost))
        assert all(a > b for a, b in pairwise(curve.wer))
    for line in (mix, oracle):
        for cost, wer in zip(line.curve.cost, line.curve.wer, strict=True):
            outcome = line.at_wer(float(wer))
            assert mean_of(outcome, axis) == pytest.approx(cost)
            assert errors_of(outcome) == pytest.approx(wer / 100 * table.words.sum())


@given(table=tables(least_utterances=1).filter(lambda table: len(table) <= 4))
def test_no_choice_of_exits_lies_below_the_oracle(table: ExitTable) -> None:
    curve = Oracle(table, "cost").curve
    spent = spending(table, "cost")
    rows = np.arange(len(table))
    for columns in product(range(len(table.exits)), repeat=len(table)):
        wer = 100 * table.errors[rows, columns].sum() / table.words.sum()
        least = curve.cost_at(wer + 1e-9)
        assert least is not None
        assert spent[rows, columns].mean() >= least - 1e-6


def test_the_hull_of_points_by_hand() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 5.0])
    y = np.array([9.0, 8.0, 3.0, 3.0, 1.0, 2.0])
    assert lower_hull(x, y) == [0, 2, 4]


def test_a_line_of_one_point() -> None:
    curve = Curve(np.array([2.0]), np.array([5.0]))
    assert curve.cost_at(5.0) == 2
    assert curve.cost_at(4.9) is None
    assert curve.wer_at(2.0) == 5
    assert curve.wer_at(1.9) is None
