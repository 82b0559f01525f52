"""What a score is worth: bins and the area under the curve, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.report.reliability import auc, bins, reliabilities
from tests.calibration.tables import make_table


@pytest.mark.parametrize(
    ("doubt", "good", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.0),
        ([0.1, 0.2, 0.8, 0.9], [1, 0, 1, 0], 3 / 4),  # of four pairs, (0.8, 0.2) is wrong
        ([0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0], 1 / 2),
        ([0.1, 0.5, 0.5], [1, 1, 0], 3 / 4),  # (1 + 1/2) / 2
    ],
)
def test_the_auc_counts_pairs_in_the_right_order(doubt, good, area):
    found = auc(np.array(doubt), np.array(good, dtype=bool))
    assert found is not None
    assert found.value == pytest.approx(area)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("good", [[True, True], [False, False]])
def test_without_both_kinds_there_is_no_auc(good):
    assert auc(np.array([0.1, 0.2]), np.array(good)) is None


def test_the_interval_of_the_auc_is_delongs():
    # Doubts of the good 1, 3, 5 and of the others 2, 4, 6: of the good, 3/3, 2/3 and 1/3 of the
    # others are above; of the others, 1/3, 2/3 and 3/3 of the good are below. Each has variance
    # 1/9, so the error is sqrt(1/27 + 1/27).
    found = auc(np.array([1.0, 3, 5, 2, 4, 6]), np.array([1, 1, 1, 0, 0, 0], dtype=bool))
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    assert found.low == pytest.approx(2 / 3 - 1.959964 * np.sqrt(2 / 27))
    assert found.high == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_turning_a_score_round_turns_its_auc_round(pairs):
    doubt = np.array([float(value) for value, _ in pairs])
    good = np.array([each for _, each in pairs])
    there, back = auc(doubt, good), auc(-doubt, good)
    assert (there is None) == (back is None)
    if there and back:
        assert there.value + back.value == pytest.approx(1)


def test_bins_hold_as_many_each_and_what_was_seen_in_them():
    found = bins(np.arange(40.0), np.arange(40) < 30)
    assert [(each.low, each.high, each.utterances, each.good) for each in found] == [
        (0, 19, 20, 20),
        (20, 39, 20, 10),
    ]
    assert found[1].mean == 29.5
    # Wilson's interval for 10 of 20.
    share = found[1].share
    assert (share.value, share.low, share.high) == pytest.approx((0.5, 0.299298, 0.700702))


def test_equal_scores_stay_in_one_bin():
    score = np.array([1.0] * 50 + [2.0] * 10)
    found = bins(score, np.ones(60, dtype=bool))
    assert [(each.low, each.high, each.utterances) for each in found] == [(1, 1, 50), (2, 2, 10)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200))
def test_every_utterance_is_in_one_bin(values):
    score = np.array([float(value) for value in values])
    found = bins(score, score > 1)
    assert sum(each.utterances for each in found) == len(values)
    assert sum(each.good for each in found) == sum(value > 1 for value in values)


def test_an_exit_is_good_where_it_makes_no_more_errors_than_the_last():
    table = make_table(
        errors=[[0, 1], [2, 1], [1, 1]], words=[5, 5, 5], entropy=[[0.1, 0.1], [0.9, 0.1], [0.2, 0]]
    )
    (entropy, _) = reliabilities(table, {})
    (first,) = entropy.exits
    assert (entropy.score, entropy.lower_is_surer, first.exit) == ("entropy_nats", True, 1)
    assert first.good.value == pytest.approx(2 / 3)
    assert first.auc is not None
    assert first.auc.value == 1


def test_a_score_that_is_sure_when_high_is_worth_as_much_as_one_that_is_sure_when_low():
    table = make_table([[0, 0], [3, 0], [0, 0]], [5, 5, 5], [[0.1, 0], [0.9, 0], [0.5, 0]])
    low, high = reliabilities(table, {})
    assert (high.score, high.lower_is_surer) == ("mean_max_probability", False)
    assert [at.auc for at in low.exits] == [at.auc for at in high.exits]
