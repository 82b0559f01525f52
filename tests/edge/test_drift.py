"""Drift: seldom where there is none, soon where there is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.drift import at_exit
from edge.calibration import FixedRule, ThresholdRule
from edge.drift import FALSE_ALARM, DriftMonitor, Monitors, Watch, Watched, to_watch
from edge.errors import ScoreError
from edge.learnt import LearntExit, Sign
from edge.policy import Threshold
from edge.reference import Reference
from edge.rules import LearntRule, PatienceRule
from tests.edge.adapting import EXITS, calibration
from tests.edge.reached import chain, leaves_at

scores = st.floats(allow_nan=False)


def first_alarm(monitor, stream):
    """Return after how many scores a monitor speaks of drift, None if it does not."""
    return next((n for n, x in enumerate(stream, start=1) if monitor.seen(x).drifted), None)


def alarms(streams, length, utterances, shift=0.0, spread=1.0, before=0):
    """Return when drift is seen in each stream of normal scores, each with its own calibration."""
    found = []
    for seed in range(streams):
        generator = np.random.default_rng(seed)
        watch = DriftMonitor(at_exit(generator.standard_normal(utterances), 0.1))
        same = generator.standard_normal(before)
        other = shift + spread * generator.standard_normal(length)
        found.append(first_alarm(watch, np.concatenate([same, other]).tolist()))
    return found


def test_false_alarms_are_as_rare_as_stated():
    raised = sum(found is not None for found in alarms(200, 1_000, utterances=300))
    # 200 · 1 % = 2 are expected at most; 6 or more would then have a probability of 1.6 %.
    assert raised <= 5
    assert FALSE_ALARM == 0.01


def test_a_small_calibration_raises_no_more_of_them():
    assert sum(found is not None for found in alarms(40, 500, utterances=20)) <= 2


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_a_shift_by_one_standard_deviation_is_seen_within_100_utterances(shift):
    found = alarms(20, 100, utterances=300, shift=shift)
    assert None not in found


def test_it_is_seen_as_soon_after_a_thousand_utterances_without():
    found = alarms(10, 150, utterances=300, shift=1.0, before=1_000)
    assert all(at is not None and at > 1_000 for at in found)


@pytest.mark.parametrize("spread", [0.4, 2.5])
def test_scores_that_only_spread_differently_are_seen(spread):
    assert None not in alarms(10, 150, utterances=300, spread=spread)


@given(st.lists(scores, min_size=1, max_size=40), st.lists(scores, max_size=40))
def test_evidence_is_a_positive_number_whatever_the_scores(known, stream):
    finite = [min(max(x, -1e300), 1e300) for x in known]
    watch = DriftMonitor(at_exit(np.array(finite), 0.1))
    for x in stream:
        verdict = watch.seen(x)
        assert 0 < verdict.evidence < math.inf
        assert verdict.drifted == (verdict.evidence >= 1 / FALSE_ALARM)
    assert watch.verdict.utterances == len(stream)


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=200),
    st.lists(st.floats(-1, 21), max_size=30),
)
def test_the_bet_is_fair(known, stream):
    """Weighted by the odds, the evidence after the next score is the evidence before it."""
    reference = at_exit(np.array(known, dtype=np.float64), 0.1)
    odds = np.array(reference.counts, dtype=np.float64)
    odds[-1] += 1
    inside = [*reference.edges, math.inf]
    watch = DriftMonitor(reference)
    for x in stream:
        if watch.seen(x).drifted:
            return
        odds[np.searchsorted(reference.edges, x)] += 1
    after = []
    for x in inside:
        branch = DriftMonitor(reference)
        for before in stream:
            branch.seen(before)
        after.append(branch.seen(x).evidence)
    assert np.average(after, weights=odds) == pytest.approx(watch.verdict.evidence)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=40))
def test_a_reference_counts_every_utterance(known):
    reference = at_exit(np.array(known), 0.1)
    assert sum(reference.counts) == len(known)
    assert set(reference.edges) <= set(known)


def test_bins_hold_about_as_many_utterances_each():
    reference = at_exit(np.random.default_rng(0).standard_normal(1_000), 0.1)
    assert len(reference.counts) == 16
    assert {62, 63} >= set(reference.counts)


def test_once_seen_it_stays_seen():
    watch = DriftMonitor(at_exit(np.arange(100.0), 0.1))
    assert first_alarm(watch, [1e9] * 100)
    assert all(watch.seen(x).drifted for x in range(100))


def test_nan_is_an_error():
    with pytest.raises(ScoreError, match="NaN"):
        DriftMonitor(at_exit(np.arange(9.0), 0.1)).seen(math.nan)


def test_watching_does_not_change_where_a_policy_leaves():
    watch = Watch("entropy_nats", 2, at_exit(np.arange(9.0), 0.1))
    policy = Threshold("entropy_nats", 0.5, EXITS)
    watched = Watched(policy, [watch])
    for values in ((0.1, 0.0, 0, 0, 0), (0.9, 0.2, 0, 0, 0), (0.9, 0.9, 0.9, 0.9, 0.9)):
        assert leaves_at(watched, chain(*values)) == leaves_at(policy, chain(*values))
    assert watched.monitors.verdict.utterances == 3
    assert (watched.score, watched.deepest) == (policy.score, policy.deepest)


def test_the_score_of_a_learnt_policy_that_comes_first_is_watched():
    weights = {"mean": 4 * (0,), "scale": 4 * (1,), "linear": 4 * (0,), "square": (0, 0)}
    rule = LearntRule(
        signs=(Sign(name="entropy_nats"), Sign(name="sound_s")),
        exits=(LearntExit(exit=6, bias=0, **weights),),
        last=10,
        price=1.0,
    )
    (watch,) = to_watch(calibration(), rule, EXITS)
    assert (watch.score, watch.exit) == ("entropy_nats", 6)


def test_the_first_exit_that_a_point_looks_at_is_watched():
    rule = ThresholdRule(score="entropy_nats", threshold=0.5, exits=(4, 8))
    (watch,) = to_watch(calibration(), rule, EXITS)
    assert watch.exit == 4
    assert to_watch(calibration(), FixedRule(exit=4), EXITS) == ()
    assert to_watch(calibration().model_copy(update={"references": ()}), rule, EXITS) == ()


def test_a_score_that_is_always_the_same_at_the_first_exit_is_not_what_is_watched():
    known = calibration()
    same = {exit: at_exit(np.ones(9), 0.1) for exit in EXITS}
    references = (Reference(score="edit_rate", exits=same), *known.references)
    rule = ThresholdRule(score="edit_rate", threshold=0.1)
    (watch,) = to_watch(known.model_copy(update={"references": references}), rule, EXITS)
    assert (watch.score, watch.exit) == ("entropy_nats", 2)
    only = known.model_copy(update={"references": references[:1]})
    assert to_watch(only, rule, EXITS) == ()


def test_a_point_that_waits_for_texts_to_agree_is_watched_by_another_score():
    (watch,) = to_watch(calibration(), PatienceRule(times=2), EXITS)
    assert watch.score == "entropy_nats"


def test_entropy_is_watched_beside_the_score_that_a_point_goes_by():
    known = calibration()
    errors = Reference(
        score="expected_symbol_errors", exits={exit: at_exit(np.arange(9.0), 0.1) for exit in EXITS}
    )
    both = known.model_copy(update={"references": (errors, *known.references)})
    rule = ThresholdRule(score="expected_symbol_errors", threshold=1.0)
    watches = to_watch(both, rule, EXITS)
    assert [watch.score for watch in watches] == ["expected_symbol_errors", "entropy_nats"]


def test_two_scores_together_raise_no_more_false_alarms_than_one():
    raised = 0
    for seed in range(150):
        generator = np.random.default_rng(seed)
        watches = [
            Watch(name, 2, at_exit(generator.standard_normal(300), 0.1)) for name in ("a", "b")
        ]
        monitors = Monitors(watches)
        for pair in generator.standard_normal((500, 2)).tolist():
            monitors.seen(pair)
        raised += monitors.verdict.drifted
    # 150 · 1 % = 1.5 are expected at most; 6 or more would then have a probability of 0.4 %.
    assert raised <= 5


def test_drift_of_either_score_is_drift_and_names_it():
    watches = [Watch(name, 2, at_exit(np.arange(100.0), 0.1)) for name in ("a", "b")]
    monitors = Monitors(watches)
    for number in range(100):
        monitors.seen([number * 37 % 100, 1e9])
    assert monitors.verdict.drifted
    assert monitors.verdict.evidence >= 1 / FALSE_ALARM
    assert monitors.foremost.score == "b"
