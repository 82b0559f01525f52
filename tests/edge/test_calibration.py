"""Calibrations: read only where they were fitted for."""

from __future__ import annotations

import json
import re

import pytest

from boards.errors import UsageError
from edge import sealed
from edge.bundle import Bundle
from edge.calibration import Calibration, FixedRule, OperatingPoint, ThresholdRule
from edge.errors import CalibrationError
from edge.policy import Agreement, FixedExit, Patience, Threshold, Window
from edge.rules import AgreementRule, PatienceRule, WindowRule


def point(name, rule, **figures):
    known = {"wer": 8.0, "wer_low": 7.0, "wer_high": 9.0, "mean_exit": 4.0, "cost_s": 0.02}
    return OperatingPoint(name=name, rule=rule, **{**known, **figures})


def calibration_of(fitted_for, /, **fields):
    content = {
        "bundle": fitted_for.identity,
        "board": "host",
        "recipe": fitted_for.manifest.recipe,
        "vocabulary": fitted_for.manifest.vocabulary,
        "units": fitted_for.manifest.units,
        "measured": True,
        "conditions": {"threads": 1, "data": "cal.jsonl"},
        "points": (
            point("full", FixedRule(exit=4), budget=0.0),
            point("least", ThresholdRule(score="entropy_nats", threshold=1.0), shares={1: 0.5}),
        ),
    }
    return Calibration.model_validate({**content, **fields})


@pytest.fixture
def bundle(copy):
    """A calibrated bundle that a test may damage."""
    opened = Bundle.open(copy)
    calibration_of(opened).write(opened.calibration_path("host"))
    return opened


def test_what_is_written_can_be_read(bundle):
    assert bundle.calibration("host") == calibration_of(bundle)
    assert bundle.calibrations() == ["host"]


def test_a_calibration_does_not_change_the_bundle(bundle, tiny):
    assert Bundle.open(bundle.path).identity == tiny.identity


def test_points_become_policies(bundle):
    full, least = bundle.calibration("host").points
    fixed = full.policy(bundle.exits)
    assert isinstance(fixed, FixedExit)
    assert fixed.deepest == 4
    threshold = least.policy(bundle.exits)
    assert isinstance(threshold, Threshold)
    assert (threshold.score, threshold.threshold, threshold.deepest) == ("entropy_nats", 1.0, 4)


def test_the_file_says_policy_and_its_kind(bundle):
    written = json.loads(bundle.calibration_path("host").read_text())
    assert written["points"][0]["policy"] == {"kind": "fixed", "exit": 4}
    assert written["points"][1]["policy"]["kind"] == "threshold"


def test_a_point_that_does_not_exist_names_those_that_do(bundle):
    calibration = bundle.calibration("host")
    assert calibration.point("least").name == "least"
    with pytest.raises(UsageError, match="no operating point 'leest'") as caught:
        calibration.point("leest")
    assert caught.value.tries == ("did you mean 'least'?", "operating points: full, least")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bundle", 64 * "0"),
        ("board", "another"),
        ("recipe", "float32"),
        ("vocabulary", 500),
        ("units", "bpe"),
    ],
)
def test_one_that_was_fitted_for_something_else_is_refused(bundle, field, value):
    calibration_of(bundle, **{field: value}).write(bundle.calibration_path("host"))
    with pytest.raises(CalibrationError, match=f"was fitted for {field}") as caught:
        bundle.calibration("host")
    assert caught.value.tries


def test_a_threshold_may_look_at_some_exits_only(bundle):
    rule = ThresholdRule(score="entropy_nats", threshold=1.0, exits=(1, 2))
    policy = point("least", rule).policy(bundle.exits)
    assert (policy.exits, policy.deepest) == ({1, 2}, 2)
    with pytest.raises(UsageError, match="there is no exit 2"):
        point("least", rule).policy((1, 4))


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (AgreementRule(rate=0.1, exits=(1, 4)), Agreement),
        (PatienceRule(times=1, tolerance=0.05), Patience),
        (
            WindowRule(
                score="entropy_normalised", threshold=0.1, side=0.3, length=2, window="trend"
            ),
            Window,
        ),
    ],
    ids=["agreement", "patience", "window"],
)
def test_every_rule_survives_its_file_and_becomes_its_policy(bundle, rule, kind):
    calibration_of(bundle, points=(point("full", rule),)).write(bundle.calibration_path("host"))
    (read,) = bundle.calibration("host").points
    assert read.rule == rule
    policy = read.policy(bundle.exits)
    assert isinstance(policy, kind)
    assert policy.deepest == 4


def test_a_rule_with_exits_that_an_encoder_has_not_is_refused():
    rule = AgreementRule(rate=0.1, exits=(1, 3))
    with pytest.raises(UsageError, match="there is no exit 3"):
        rule.policy((1, 2, 4))


def test_a_threshold_in_a_file_that_never_fires_says_so(bundle):
    never = point("least", ThresholdRule(score="mean_max_probability", threshold=1.5))
    with pytest.raises(UsageError, match="never fires"):
        never.policy(bundle.exits)


@pytest.mark.parametrize(
    "rule",
    [FixedRule(exit=3), ThresholdRule(score="entropy_nats", threshold=1.0, exits=(2, 3))],
    ids=["fixed", "threshold"],
)
def test_one_that_leaves_where_there_is_no_exit_is_refused(bundle, rule):
    points = (point("full", rule),)
    calibration_of(bundle, points=points).write(bundle.calibration_path("host"))
    with pytest.raises(CalibrationError, match="leaves at exit 3"):
        bundle.calibration("host")


def test_one_that_was_edited_is_refused(bundle):
    path = bundle.calibration_path("host")
    path.write_text(path.read_text().replace('"threshold": 1.0', '"threshold": 9.0'))
    with pytest.raises(CalibrationError, match="was changed"):
        bundle.calibration("host")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format": 1}'])
def test_one_that_is_damaged_is_refused_by_name(bundle, content):
    path = bundle.calibration_path("host")
    path.write_bytes(content)
    with pytest.raises(CalibrationError, match=re.escape(str(path))):
        bundle.calibration("host")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "format 2"),
        ({"points": []}, "points"),
        ({"nonsense": 1}, "nonsense"),
        ({"measured": None}, "measured"),
    ],
)
def test_what_is_not_right_is_named(bundle, change, says):
    path = bundle.calibration_path("host")
    sealed.write(path, {**sealed.read(path), **change})
    with pytest.raises(CalibrationError, match=says):
        bundle.calibration("host")


@pytest.mark.parametrize(
    "policy",
    [
        {"kind": "threshold", "score": "entropy", "threshold": 1},
        {"kind": "threshold", "score": "entropy_nats", "threshold": "NaN"},
        {"kind": "threshold", "score": "entropy_nats"},
        {"kind": "fixed"},
        {"kind": "patience", "times": 0},
        {"kind": "agreement", "rate": 1.0},
        {"kind": "window", "score": "entropy_nats", "threshold": 0, "side": 1, "length": 3},
        {"kind": "bandit"},
        {},
    ],
    ids=str,
)
def test_a_policy_that_is_not_known_is_refused(bundle, policy):
    path = bundle.calibration_path("host")
    content = calibration_of(bundle).model_dump(mode="json")
    content["points"][0]["policy"] = policy
    sealed.write(path, content)
    with pytest.raises(CalibrationError, match=r"points\[0\]\.policy"):
        bundle.calibration("host")


def test_two_points_of_one_name_are_refused(bundle):
    path = bundle.calibration_path("host")
    content = calibration_of(bundle).model_dump(mode="json")
    sealed.write(path, {**content, "points": 2 * content["points"]})
    with pytest.raises(CalibrationError, match="same name"):
        bundle.calibration("host")
