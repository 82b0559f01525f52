"""The learnt score, on speech whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.criteria import LearntCriterion, ThresholdCriterion, choose
from calibration.crossfit import FOLDS, LearntPath, folds, learnt_paths
from calibration.fit import CONFIDENCE
from calibration.kinds import criteria
from calibration.learnt import LearntFitter, prices
from calibration.lines import Oracle, RandomMix
from calibration.outcome import Outcome, full_depth
from calibration.replay import replay
from calibration.signs import choose_scale
from calibration.table import ExitTable
from tests.calibration.simulated import simulate
from tests.calibration.tables import make_table

SIGNS = ["unsureness", "sureness", "sound_s"]
TRUTH_SIZE = 15_000


def with_length(table: ExitTable) -> ExitTable:
    length = np.repeat(table.duration_s[:, None], len(table.exits), axis=1)
    return replace(table, scores={**table.scores, "sound_s": length})


def drawn(size: int, seed: int) -> ExitTable:
    return with_length(simulate(size, seed))


def path_of(table: ExitTable, *sets: list[str]) -> LearntPath:
    """Return the path that looks at all exits."""
    return learnt_paths(table, sets or [SIGNS])[0]


@pytest.fixture(scope="module")
def truth() -> ExitTable:
    return drawn(TRUTH_SIZE, seed=1_000)


def won_back(truth: ExitTable, found: Outcome, budget: float) -> float:
    """Return how far from the random mix (0) to the oracle (1) a mean exit lies."""
    wer = full_depth(truth).wer(truth) + budget
    mix, oracle = RandomMix.of(truth, "depth").at_wer(wer), Oracle(truth, "depth").at_wer(wer)
    assert mix is not None
    assert oracle is not None
    spent = mix.depth.mean() - found.depth.mean()
    return float(spent / (mix.depth.mean() - oracle.depth.mean()))


def test_the_simulated_speech_is_like_that_of_the_field(truth: ExitTable) -> None:
    # "An earlier exit is strictly better than the last on 10–30 % of utterances."
    better = (truth.errors[:, :-1].min(axis=1) < truth.errors[:, -1]).mean()
    assert 0.1 < better < 0.3
    wer = 100 * truth.errors.sum(axis=0) / truth.words.sum()
    assert np.all(np.diff(wer) < 0)
    assert 10 < wer[-1] < 20


@pytest.mark.slow
def test_what_is_chosen_beats_every_threshold_and_the_random_mix(truth: ExitTable) -> None:
    won: dict[float, list[float]] = {0.1: [], 0.5: []}
    for seed in range(3):
        cal = drawn(3_000, seed)
        kinds = criteria(cal)
        for budget, shares in won.items():
            found = replay(truth, choose(kinds, cal, budget).rule)
            single = [
                replay(truth, kind.choose(budget).rule)
                for kind in kinds
                if isinstance(kind, ThresholdCriterion)
            ]
            assert found.depth.mean() < min(other.depth.mean() for other in single)
            shares.append(won_back(truth, found, budget))
    assert min(won[0.1] + won[0.5]) > 0
    # It is 0.47 to 0.52.
    assert np.mean(won[0.5]) >= 0.4


def test_a_learnt_policy_wins_more_than_a_threshold_on_the_same_score(truth: ExitTable) -> None:
    cal = drawn(1_500, seed=5)
    learnt = LearntCriterion([path_of(cal, ["sureness", "sound_s"])], CONFIDENCE).choose(0.5)
    threshold = ThresholdCriterion(cal, "sureness", CONFIDENCE).choose(0.5)
    by_rule = [replay(truth, choice.rule) for choice in (learnt, threshold)]
    assert by_rule[0].depth.mean() < by_rule[1].depth.mean()
    assert by_rule[0].errors.sum() < by_rule[1].errors.sum()


@pytest.mark.slow
def test_it_knows_that_an_earlier_exit_does_better_than_the_last(truth: ExitTable) -> None:
    # With no price on time, it leaves early only where it makes fewer errors.
    careful = path_of(drawn(3_000, seed=6)).rules[0]
    assert careful.price == 0
    found = replay(truth, careful)
    assert found.wer(truth) < full_depth(truth).wer(truth) - 0.5
    assert found.depth.mean() < 11


def test_rules_go_from_careful_to_daring(truth: ExitTable) -> None:
    path = path_of(drawn(1_000, seed=7))
    found = [replay(truth, rule) for rule in path.rules[::12]]
    assert np.all(np.diff([outcome.cost.mean() for outcome in found]) < 0.05)
    assert found[-1].depth.mean() < 3


def test_there_is_a_path_for_each_number_of_exits_to_look_at() -> None:
    table = drawn(200, seed=12)
    paths = learnt_paths(table, [SIGNS], keep=1)
    assert [len(path.rules[0].exits) for path in paths] == [5, 4, 3, 2, 1]
    for path in paths:
        looked = [at.exit for at in path.rules[0].exits]
        assert looked == table.exits[: len(looked)].tolist()
        for rule in path.rules[::20]:
            assert set(replay(table, rule).depth.tolist()) <= {*looked, 12}


def test_a_small_budget_is_kept_more_surely_where_deep_exits_are_not_looked_at() -> None:
    table = drawn(400, seed=13)
    # Exit 10 is the last one but for chance, which goes both ways and wins nothing.
    chance = np.random.default_rng(13).integers(-1, 2, len(table))
    errors = table.errors.copy()
    errors[:, -2] = np.maximum(0, errors[:, -1] + chance)
    table = replace(table, errors=errors)
    paths = learnt_paths(table, [SIGNS], keep=1)
    cost = {
        len(path.rules[0].exits): LearntCriterion([path], CONFIDENCE).estimate(0.5).cost
        for path in paths
    }
    assert cost[4] < cost[5]
    assert LearntCriterion(paths, CONFIDENCE).estimate(0.5).cost == min(cost.values())


@pytest.mark.slow
def test_the_estimate_is_what_fresh_speech_shows() -> None:
    truth = drawn(TRUTH_SIZE, seed=1_001)
    full = full_depth(truth).wer(truth)
    told, true = [], []
    for seed in range(20):
        criterion = LearntCriterion([path_of(drawn(600, 100 + seed))], CONFIDENCE)
        estimate = criterion.estimate(1.0)
        found = replay(truth, criterion.choose(1.0).rule)
        told.append((estimate.increase, estimate.cost))
        true.append((found.wer(truth) - full, found.cost.mean()))
    surprise = np.mean(np.array(true) - np.array(told), axis=0)
    # It is -0.17 ± 0.09 points of WER, and 0.00 ± 0.02 of 12 s.
    assert abs(surprise[0]) < 0.4
    assert abs(surprise[1]) < 0.1


def noise(size: int, seed: int, scores: int) -> ExitTable:
    """Speech that is as hard everywhere, with scores that know nothing of it."""
    rng = np.random.default_rng(seed)
    table = make_table(
        errors=rng.poisson([2.0, 1.7, 1.5], (size, 3)),
        words=[9] * size,
        entropy=rng.random((size, 3)),
    )
    return replace(
        table,
        scores={f"noise{number}": rng.random((size, 3)) for number in range(scores)},
        duration_s=np.ones(size),
    )


def test_what_scores_of_pure_noise_seem_to_win_is_not_believed() -> None:
    names = [f"noise{number}" for number in range(12)]
    flattered, honest, true = [], [], []
    for seed in range(4):
        cal, fresh = noise(300, seed, 12), noise(3_000, 100 + seed, 12)
        path = path_of(cal, names)
        more = [
            (replay(table, path.rules[0]).errors - full_depth(table).errors).mean()
            for table in (cal, fresh)
        ]
        flattered.append(more[0])
        true.append(more[1])
        honest.append((path.errors[0] - full_depth(cal).errors).mean())
    assert np.mean(flattered) < np.mean(true) - 0.05
    assert abs(np.mean(honest) - np.mean(true)) < 0.1


def test_the_prices_reach_from_errors_alone_to_time_alone() -> None:
    table = drawn(200, seed=8)
    asked = prices(table)
    assert asked[0] == 0
    assert np.all(np.diff(asked) > 0)
    # At the last, full depth costs ten times as much in time as in errors.
    assert asked[-1] * table.cost[:, -1].mean() == pytest.approx(10 * table.errors[:, -1].mean())


def test_where_all_is_correct_all_leave_at_the_first_exit() -> None:
    table = replace(drawn(100, seed=9), errors=np.zeros((100, 6), np.int64))
    path = path_of(table)
    assert replay(table, path.rules[-1]).depth.tolist() == [2] * 100
    chosen = LearntCriterion([path], CONFIDENCE).choose(1.0)
    assert replay(table, chosen.rule).depth.tolist() == [2] * 100


def test_a_sign_that_never_changes_says_nothing() -> None:
    table = drawn(300, seed=10)
    constant = replace(table, scores={**table.scores, "constant": np.full((300, 6), 0.7)})
    asked = prices(table)[10:11]
    (with_it,) = (
        fitter.rules(asked, fitter.weights(asked, ridge=30.0))
        for fitter in [LearntFitter(constant, ["sureness", "constant"])]
    )
    fitter = LearntFitter(table, ["sureness"])
    without = fitter.rules(asked, fitter.weights(asked, ridge=30.0))
    assert replay(constant, with_it[0]).depth.tolist() == replay(table, without[0]).depth.tolist()


def test_with_fewer_utterances_than_folds_or_a_single_exit_nothing_is_learnt() -> None:
    assert not learnt_paths(drawn(FOLDS - 1, seed=11), [SIGNS])
    assert learnt_paths(drawn(FOLDS, seed=11), [SIGNS])
    assert not learnt_paths(drawn(50, seed=11).among([12]), [SIGNS])
    assert not learnt_paths(drawn(50, seed=11), [])


def test_every_fold_has_words_if_there_are_enough() -> None:
    words = np.zeros(53, np.int64)
    words[7:20] = 5
    table = make_table(np.zeros((53, 2)), words, np.zeros((53, 2)))
    fold = folds(table, FOLDS)
    assert set(np.bincount(fold)) == {5, 6}
    assert all(words[fold == number].any() for number in range(FOLDS))
    # Noise is no reason not to calibrate.
    assert learnt_paths(table, [["entropy_nats"]])


def test_signs_are_read_on_the_scale_of_their_range() -> None:
    names = ["entropy_nats", "mean_max_probability"]
    table = make_table([[0, 0]] * 3, [1] * 3, [[2.0, 0.0], [4.0, 3.0], [9.0, 5.0]])
    entropy, probability = choose_scale(table, names)
    assert entropy.transform == "log"
    assert entropy.floor == pytest.approx(0.04)
    assert probability.transform == "logit"
    below = replace(table, scores={"entropy_drop": table.scores["entropy_nats"] - 3})
    assert choose_scale(below, ["entropy_drop"])[0].transform == "none"
