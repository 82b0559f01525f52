from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from calibration.budgets import BUDGETS
from calibration.calibrate import calibrate
from calibration.errors import TableError
from calibration.kinds import criteria
from calibration.outcome import full_depth
from calibration.points import GUARANTEED, Point, fit_points, operating_point, without_repetitions
from calibration.replay import replay
from calibration.table import ExitTable
from edge.calibration import FixedRule, ThresholdRule
from edge.rules import LearntRule
from tests.calibration.simulated import simulate
from tests.calibration.tables import make_table, tables

NAMES = ["full", "wer+0", "wer+0.1", "wer+0.25", "wer+0.5", "wer+1", "least"]
SHALLOW = ThresholdRule(score="entropy_nats", threshold=1.0)
DEEP = ThresholdRule(score="entropy_nats", threshold=0.5)
FULL = FixedRule(exit=6)


@pytest.fixture
def graded() -> ExitTable:
    """100 × 1,000 words; the less sure an utterance, the more errors at exit 1."""
    rows = range(100)
    return make_table(
        errors=[[20 + row // 10, 20] for row in rows],
        words=[1_000] * 100,
        entropy=[[0.01 * row, 0] for row in rows],
    )


def test_points_go_from_full_to_least(graded: ExitTable) -> None:
    points = fit_points(graded, criteria(graded))
    assert [point.name for point in points] == NAMES
    costs = [replay(graded, point.rule).cost.mean() for point in points]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


@settings(max_examples=8)
@given(table=tables())
def test_full_comes_first_and_least_last_whatever_the_table(table: ExitTable) -> None:
    kept = without_repetitions(fit_points(table, criteria(table)))
    assert kept[0] == Point("full", None, FixedRule(exit=int(table.exits[-1])))
    assert kept[-1].name == "least"
    rules = [point.rule for point in kept[:-1]]
    assert len(set(rules)) == len(rules)


def test_of_equal_policies_the_one_that_promises_more_is_kept() -> None:
    points = [
        Point("full", None, FULL),
        Point("wer+0", 0.0, FULL, "no threshold keeps it"),
        Point("wer+0.5", 0.5, DEEP),
        Point("wer+1", 1.0, DEEP),
        Point("least", 5.0, SHALLOW),
    ]
    assert [point.name for point in without_repetitions(points)] == ["full", "wer+0.5", "least"]


def test_the_least_point_stays_even_if_it_is_another_one() -> None:
    points = [Point("full", None, FULL), Point("wer+1", 1.0, DEEP), Point("least", 5.0, DEEP)]
    assert [point.name for point in without_repetitions(points)] == ["full", "wer+1", "least"]


def test_what_is_left_out_is_told(graded: ExitTable) -> None:
    notes = calibrate(graded).notes
    assert notes[0].startswith("wer+0 is the same as full, and left out (nothing else keeps it")
    # On 100 × 1,000 words exit 1 makes 450 more errors, 0.45 points: more cannot be lost.
    assert notes[1:] == [
        "wer+1 is the same as wer+0.5, and left out",
        "least is the same as wer+0.5",
    ]


def test_points_that_were_fitted_on_one_table_are_shown_on_another(graded: ExitTable) -> None:
    worse = make_table(
        errors=graded.errors + np.array([1, 0]),
        words=graded.words,
        entropy=graded.scores["entropy_nats"],
    )
    here, there = calibrate(graded), calibrate(graded, worse)
    assert here.fitted == there.fitted
    assert there.comparison.table is worse
    for mine, other in zip(here.comparison.points, there.comparison.points, strict=True):
        left = 2 - mine.outcome.depth
        assert other.outcome.errors.sum() == mine.outcome.errors.sum() + left.sum()


def test_the_figures_stand_beside_what_they_have_to_beat(graded: ExitTable) -> None:
    data = json.loads(json.dumps(calibrate(graded).fields()))
    full = full_depth(graded).wer(graded)
    assert data["full"]["wer"] == full
    names = [point["name"] for point in data["points"]]
    assert [name for name in names if not name.startswith(GUARANTEED)] == [
        *("full", *NAMES[2:5], "least")
    ]
    for budget in data["budgets"]:
        assert budget["wer_low"] <= budget["wer"] <= budget["wer_high"]
        assert budget["wer"] <= full + budget["budget"]
        assert {"mean_exit", "mean_cost", "saved", "policy"} <= set(budget)
        assert budget["random_mix_of_same_wer"]["mean_exit"] >= budget["mean_exit"]
    assert [line["name"] for line in data["fixed_exits"]] == ["exit 1", "exit 2"]
    for over in (data, data["over_mean_exit"]):
        for lines in (over["random_mix"], over["oracle"]["budgets"]):
            assert [line["budget"] for line in lines] == [0, 0.1, 0.25, 0.5, 1, 5]


@settings(max_examples=10)
@given(table=tables())
def test_no_point_is_beaten_by_chance_or_beats_the_oracle(table: ExitTable) -> None:
    comparison = calibrate(table).comparison
    cost, depth = comparison.over["cost"], comparison.over["depth"]
    for mix, oracle in zip(cost.random_mix, cost.oracle[1:], strict=True):
        assert oracle.summary.cost.value <= mix.summary.cost.value + 1e-9
    for mix, oracle in zip(depth.random_mix, depth.oracle[1:], strict=True):
        assert oracle.summary.depth.value <= mix.summary.depth.value + 1e-9
    least = {row.budget: row.summary.cost.value for row in cost.oracle[1:]}
    for row in comparison.points:
        assert row.summary.cost.value >= least[row.budget or 0] - 1e-9


def test_guaranteed_points_stand_before_those_that_promise_less() -> None:
    # 10,000 words, and hardly any is harder at exit 1.
    table = make_table(
        errors=[[2 + (row % 50 == 0), 2] for row in range(2_000)],
        words=[10] * 2_000,
        entropy=[[row % 7, 0] for row in range(2_000)],
    )
    calibrated = calibrate(table, delta=0.05)
    names = [point.name for point, _ in calibrated.kept]
    promised = [point for point in calibrated.fitted if point.guarantee]
    assert [point.name for point in promised][-1] == "guaranteed+1"
    assert all(point.guarantee and point.guarantee.delta == 0.05 for point in promised)
    assert names.index("guaranteed+1") == names.index("wer+1") - 1 if "wer+1" in names else True
    budgets = {
        point["budget"]: point for point in json.loads(json.dumps(calibrated.fields()))["budgets"]
    }
    assert budgets[1.0]["guaranteed"]["name"] == "guaranteed+1"
    assert budgets[0.0]["guaranteed"] is None
    assert not any(point.guarantee for point in calibrated.fitted if GUARANTEED not in point.name)


def test_a_device_may_adapt_whatever_rule_was_chosen() -> None:
    table = simulate(600, seed=1)
    known = {"entropy_nats": table.scores["unsureness"], "mean_margin": table.scores["sureness"]}
    calibrated = calibrate(replace(table, scores=known))
    kept = [operating_point(point, row.outcome, row.summary) for point, row in calibrated.kept]
    learnt = [point for point in kept if isinstance(point.rule, LearntRule)]
    assert learnt
    assert all(point.guarantee or point.adaptable for point in learnt)
    watched = {reference.score for reference in calibrated.references}
    assert {point.adaptable.score for point in kept if point.adaptable} <= watched


def test_what_cannot_be_promised_is_left_out_with_a_reason(graded: ExitTable) -> None:
    few = graded.where(np.arange(len(graded)) < 12)
    calibrated = calibrate(few)
    assert not [point for point, _ in calibrated.kept if point.name.startswith(GUARANTEED)]
    for budget in BUDGETS[1:]:
        assert (
            f"{GUARANTEED}{budget:g} is the same as full, and left out "
            "(12 utterances are too few to fit on one half and test on the other)"
        ) in calibrated.notes


def test_of_a_few_utterances_nothing_is_believed() -> None:
    # None could be held out: what they seem to save is kept from them.
    table = make_table([[0, 0]] * 4, [1_000] * 4, [[0.1, 0], [0.2, 0], [0.3, 0], [0.4, 0]])
    for point in fit_points(table, criteria(table)):
        assert point.rule == FixedRule(exit=2)
        assert point.note or point.name == "full"


def test_utterances_without_words_are_no_reason_to_fail(graded: ExitTable) -> None:
    silent = graded.words * (np.arange(len(graded)) % 8 == 0)
    calibrated = calibrate(replace(graded, words=silent, errors=np.minimum(graded.errors, 25)))
    assert [point.name for point in calibrated.fitted][-1] == "least"


def test_where_nothing_costs_anything_there_is_nothing_to_save(graded: ExitTable) -> None:
    with pytest.raises(TableError, match="full depth costs nothing"):
        calibrate(replace(graded, cost_blocks=np.zeros((100, 2))))


def test_a_single_utterance_is_refused() -> None:
    with pytest.raises(TableError, match="single utterance"):
        calibrate(make_table([[1, 0]], [3], [[0, 0]]))


def test_a_policy_for_other_exits_is_refused(graded: ExitTable) -> None:
    with pytest.raises(TableError, match="there is no exit 6"):
        replay(graded, FULL)
