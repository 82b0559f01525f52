from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from calibration.bootstrap import Bootstrap
from calibration.outcome import fixed_exit, full_depth
from calibration.table import ExitTable
from tests.calibration.tables import make_table, tables


def one_corpus(count: int) -> Bootstrap:
    return Bootstrap(np.array(["a"] * count))


def test_every_resample_is_as_large_as_the_table_within_each_corpus() -> None:
    corpus = np.array(["a", "b", "a", "b", "a"])
    sizes = Bootstrap(corpus).sums(np.stack([corpus == "a", corpus == "b"], axis=1).astype(float))
    assert sizes.shape == (2_000, 2)
    assert np.all(sizes == [3, 2])


def test_two_utterances_are_drawn_as_two_coins() -> None:
    sums = one_corpus(2).sums(np.array([[0.0], [1.0]]))[:, 0]
    # 0, 1 or 2 with 1/4, 1/2, 1/4; 0.04 is four standard deviations of 2,000 draws.
    shares = np.bincount(sums.astype(int)) / len(sums)
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.04)
    interval = one_corpus(2).rate(np.array([0.0, 1.0]), np.array([4.0, 4.0]))
    assert (interval.value, interval.low, interval.high) == (12.5, 0, 25)


def test_a_mean_has_the_interval_that_theory_gives_it() -> None:
    errors = np.random.default_rng(3).integers(0, 3, 900).astype(float)
    interval = one_corpus(900).rate(errors, np.ones(900))
    half = 100 * 1.96 * errors.std() / 30
    assert interval.low == pytest.approx(interval.value - half, rel=0.02)
    assert interval.high == pytest.approx(interval.value + half, rel=0.02)


def test_corpora_that_differ_are_no_source_of_spread() -> None:
    errors, words = np.array([0.0, 0.0, 5.0, 5.0]), np.full(4, 10.0)
    apart = Bootstrap(np.array(["a", "a", "b", "b"])).rate(errors, words)
    assert (apart.low, apart.high) == (25, 25)
    assert one_corpus(4).rate(errors, words).high == 50


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(1)
    hard = rng.integers(0, 20, 200)
    table = make_table(np.stack([hard + 1, hard], axis=1), [20] * 200, np.zeros((200, 2)))
    bootstrap = one_corpus(200)
    shallow, full = bootstrap.summarise(table, [fixed_exit(table, 0), full_depth(table)])
    assert (shallow.increase.low, shallow.increase.high) == pytest.approx((5, 5))
    assert shallow.wer.high - shallow.wer.low > 5
    assert (full.increase.low, full.increase.value, full.increase.high) == (0, 0, 0)


def test_the_same_seed_gives_the_same_intervals_however_many_fit_into_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.arange(50.0)[:, None]
    strata = np.array(["a"] * 50)
    once = Bootstrap(strata).sums(values)
    assert np.array_equal(once, Bootstrap(strata).sums(values))
    assert not np.array_equal(once, Bootstrap(strata, seed=2).sums(values))
    monkeypatch.setattr("calibration.bootstrap._CELLS_AT_ONCE", 500)
    assert np.array_equal(once, Bootstrap(strata).sums(values))


@settings(max_examples=30)
@given(table=tables(least_utterances=1))
def test_intervals_hold_their_values_or_lie_beside_by_chance_only(table: ExitTable) -> None:
    outcomes = [fixed_exit(table, column) for column in range(len(table.exits))]
    bootstrap = Bootstrap(table.corpus, replicates=200)
    for column, summary in enumerate(bootstrap.summarise(table, outcomes)):
        assert summary.wer.value == pytest.approx(outcomes[column].wer(table))
        assert summary.depth.value == table.exits[column]
        assert summary.depth.low == summary.depth.high == table.exits[column]
        for figure in (summary.wer, summary.increase, summary.depth, summary.cost):
            assert figure.low <= figure.high


def test_one_utterance_has_no_spread() -> None:
    interval = one_corpus(1).rate(np.array([1.0]), np.array([4.0]))
    assert (interval.low, interval.value, interval.high) == (25, 25, 25)
