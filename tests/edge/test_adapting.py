"""Adapting: it finds the best threshold, follows a change, and never leaves its range."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.errors import UsageError
from edge.adapting import MOST_ARMS, MU, Adapting, Scope
from edge.calibration import FixedRule
from edge.chart import Chart
from edge.errors import ScoreError
from edge.learnt import LearntExit, Sign
from edge.policy import Threshold
from edge.rules import LearntRule
from tests.edge.adapting import EXITS, calibration, rewards, run, speech
from tests.edge.reached import chain, leaves_at

SCOPE = Scope.of(calibration(), "least", EXITS)
LEARNT = {"hard": 1.0, "floor": 0.1}
OTHER = {"hard": 1.5, "floor": 0.4}
"""Speech that depth helps less."""


@pytest.fixture(scope="module")
def shares():
    """Rewards over those of the best fixed threshold, both summed over 20 seeds, by stretch.

    500 utterances to learn, 300 like them; 300 of other speech to recover, 300 like them. The
    best fixed threshold is chosen with hindsight for each seed and stretch. Returns the shares of
    adapting, and of staying with the threshold that was best before the change.
    """
    earned, stayed, best = np.zeros((3, 4))
    for seed in range(20):
        generator = np.random.default_rng(seed)
        scores = np.concatenate([speech(generator, 800, **LEARNT), speech(generator, 600, **OTHER)])
        table = rewards(SCOPE, scores)
        used, _ = run(Adapting(SCOPE), scores)
        arms = [(*SCOPE.thresholds, None).index(threshold) for threshold in used]
        got = table[np.arange(len(table)), arms]
        before = table[:800].sum(axis=0).argmax()
        for stretch, (begin, end) in enumerate([(0, 500), (500, 800), (800, 1100), (1100, 1400)]):
            earned[stretch] += got[begin:end].sum()
            stayed[stretch] += table[begin:end, before].sum()
            best[stretch] += table[begin:end].sum(axis=0).max()
    return earned / best, stayed / best


@pytest.mark.slow
def test_after_500_utterances_it_earns_98_percent_of_the_best_fixed_threshold(shares):
    adapting, _ = shares
    assert adapting[1] >= 0.98


@pytest.mark.slow
def test_it_recovers_from_a_change_of_domain_within_300_utterances(shares):
    adapting, staying = shares
    assert adapting[3] >= 0.98
    assert staying[3] < 0.95


def test_the_range_goes_from_the_point_to_full_depth():
    scope = Scope.of(calibration(points=(0.2, 0.4)), "p1", EXITS)
    assert scope.thresholds[0] == 0.4
    assert 0.2 in scope.thresholds
    assert 0.8 not in scope.thresholds
    assert list(scope.thresholds) == sorted(scope.thresholds, reverse=True)
    assert len(scope.thresholds) == MOST_ARMS - 1
    never = [scope.leaving(exit, 0.0) for exit in EXITS]
    assert never == [5, 5, 5, 5, 6]


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 2))
def test_no_calibration_gives_thresholds_out_of_order_or_too_many(points, least):
    scope = Scope.of(calibration(least, tuple(points)), "least", EXITS)
    assert scope.thresholds[0] == least
    assert list(scope.thresholds) == sorted(set(scope.thresholds), reverse=True)
    assert len(scope.thresholds) < MOST_ARMS


@settings(max_examples=50)
@given(
    st.lists(
        st.lists(st.floats(allow_nan=False), min_size=len(EXITS), max_size=len(EXITS)),
        max_size=30,
    )
)
def test_no_utterance_leaves_before_the_point_itself_would(utterances):
    adapting = Adapting(SCOPE)
    point = Threshold("entropy_nats", SCOPE.thresholds[0], EXITS)
    for values in utterances:
        assert leaves_at(adapting, chain(*values)) >= leaves_at(point, chain(*values))
    allowed = {*SCOPE.thresholds, None}
    assert set(adapting.used()) <= allowed
    assert adapting.threshold in allowed


def test_the_reward_is_the_gain_less_the_cost():
    assert SCOPE.reward(2, 0.3, 0.3) == 0
    whole = SCOPE.reward(10, 1.0 + SCOPE.gain, 1.0)
    assert whole == pytest.approx(1 - MU)
    half = SCOPE.reward(6, 1.0 + SCOPE.gain / 2, 1.0)
    assert half == pytest.approx(0.5 - MU / 2)
    assert math.isfinite(SCOPE.reward(6, math.inf, math.inf))


def test_a_nan_is_an_error_and_teaches_nothing():
    adapting = Adapting(SCOPE)
    with pytest.raises(ScoreError, match="exit 4 is NaN"):
        leaves_at(adapting, chain(9.0, math.nan, 0.0, 0.0, 0.0))
    assert adapting.used() == []
    assert not adapting.bandit.known.any()


def test_an_utterance_that_broke_off_leaves_no_trace():
    whole, broken = Adapting(SCOPE), Adapting(SCOPE)
    assert not broken.leaves(next(chain(0.1)))
    scores = speech(np.random.default_rng(0), 20)
    assert run(whole, scores) == run(broken, scores)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"points": calibration().points[:1]}, "no operating point 'least'"),
        ({"references": ()}, "nothing to adapt by"),
    ],
    ids=["no such point", "old calibration"],
)
def test_what_cannot_be_adapted_is_said(change, says):
    with pytest.raises(UsageError, match=says) as caught:
        Scope.of(calibration().model_copy(update=change), "least", EXITS)
    assert caught.value.tries


def test_a_point_without_a_threshold_names_those_that_have_one():
    with pytest.raises(UsageError, match="'full' has no threshold") as caught:
        Scope.of(calibration(), "full", EXITS)
    assert caught.value.tries == ("points that have one: least",)
    full = calibration().points[0]
    assert isinstance(full.rule, FixedRule)
    with pytest.raises(UsageError, match="no threshold") as caught:
        Scope.of(calibration().model_copy(update={"points": (full,)}), "full", EXITS)
    assert "calibrate" in caught.value.tries[0]


def test_a_point_without_a_threshold_goes_by_the_one_for_its_budget():
    known = calibration()
    full, least = known.points
    weights = LearntExit(exit=2, mean=(0, 0), scale=(1, 1), bias=0, linear=(1, 1), square=(1,))
    rule = LearntRule(signs=(Sign(name="entropy_nats"),), exits=(weights,), last=10, price=1)
    learnt = least.model_copy(update={"rule": rule, "threshold": least.rule})
    changed = known.model_copy(update={"points": (full, learnt)})
    assert Scope.of(changed, "least", EXITS) == Scope.of(known, "least", EXITS)


def test_a_score_that_does_not_grow_surer_is_refused():
    known = calibration().references[0]
    turned = known.model_copy(
        update={"exits": dict(zip(EXITS, reversed(known.exits.values()), strict=True))}
    )
    with pytest.raises(UsageError, match="does not grow surer"):
        Scope.of(calibration().model_copy(update={"references": (turned,)}), "least", EXITS)


def test_the_chart_sees_a_change_by_one_deviation_and_rarely_anything_else():
    generator = np.random.default_rng(5)
    chart = Chart()
    assert not any(chart.seen(value) for value in generator.normal(0, 1, 5_000))
    found = [chart.seen(value) for value in generator.normal(1, 1, 60)]
    assert any(found)
