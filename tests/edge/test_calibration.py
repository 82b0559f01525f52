"""Calibrations: read only where they were fitted for."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from boards.errors import UsageError
from edge import sealed
from edge.bundle import Bundle
from edge.calibration import Calibration, FixedRule, Guarantee, OperatingPoint, ThresholdRule
from edge.errors import CalibrationError
from edge.learnt import LearntExit, Sign
from edge.policy import Agreement, FixedExit, Learnt, Patience, Threshold, Window
from edge.rules import AgreementRule, LearntRule, PatienceRule, WindowRule
from edge.scores import SCORES


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


def learnt_rule(names, exits, seed=0):
    """Weights as a fit gives them, to five digits, for all exits but the last."""
    rng = np.random.default_rng(seed)

    def numbers(count, at_least=-9.0):
        return tuple(float(f"{number:.5g}") for number in rng.uniform(at_least, 9, count))

    return LearntRule(
        signs=tuple(Sign(name=name, transform="logit", floor=1e-5) for name in names),
        exits=tuple(
            LearntExit(
                exit=exit,
                mean=numbers(2 * len(names)),
                scale=numbers(2 * len(names), at_least=1e-3),
                bias=0.12345,
                linear=numbers(2 * len(names)),
                square=numbers(len(names)),
            )
            for exit in exits[:-1]
        ),
        last=exits[-1],
        price=0.5,
    )


def test_a_learnt_rule_survives_its_file_and_becomes_its_policy(bundle):
    rule = learnt_rule(["entropy_nats", "edit_rate", "sound_s"], bundle.exits)
    guarantee = Guarantee(epsilon=0.1, delta=0.1, utterances=240, most_counted=10)
    points = (point("full", FixedRule(exit=4)), point("wer+0.1", rule, guarantee=guarantee))
    calibration_of(bundle, points=points).write(bundle.calibration_path("host"))
    _, read = bundle.calibration("host").points
    assert (read.rule, read.guarantee) == (rule, guarantee)
    policy = read.policy(bundle.exits)
    assert isinstance(policy, Learnt)
    assert policy.deepest == 4


def test_ten_points_that_learnt_from_every_score_take_less_than_64_kb(tiny, tmp_path):
    exits = (2, 4, 6, 8, 10, 12)
    signs = [*SCORES, "sound_s"]
    assert len(signs) > 16
    fits = [learnt_rule(signs, exits, seed) for seed in range(2)]
    points = []
    for number in range(10):
        # As calibration makes them: on all of the speech or on half of it, each at its price.
        fit, other = fits[number % 2], learnt_rule(signs, exits, seed=10 + number)
        weights = [
            exit.model_copy(update={"mean": known.mean, "scale": known.scale})
            for exit, known in zip(other.exits, fit.exits, strict=True)
        ]
        rule = fit.model_copy(update={"exits": tuple(weights), "price": 0.1 * number})
        points.append(point(f"wer+{number}", rule, shares=dict.fromkeys(exits, 1 / 7)))
    calibration = calibration_of(tiny, points=tuple(points))
    calibration.write(tmp_path / "host.json")
    assert (tmp_path / "host.json").stat().st_size < 64 * 1024
    assert Calibration.read(tmp_path / "host.json") == calibration


def test_a_reference_to_nothing_is_refused(bundle):
    path = bundle.calibration_path("host")
    sealed.write(path, {**sealed.read(path), "conditions": {"$ref": "#/nothing"}})
    with pytest.raises(CalibrationError, match="refers to #/nothing"):
        bundle.calibration("host")


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
        {"kind": "learnt", "signs": [], "exits": [], "last": 4, "price": 0},
        {
            "kind": "learnt",
            "signs": [{"name": "posterior"}],
            "exits": [
                {
                    "exit": 2,
                    "mean": [0, 0],
                    "scale": [1, 1],
                    "bias": 0,
                    "linear": [1, 0],
                    "square": [0],
                }
            ],
            "last": 4,
            "price": 0,
        },
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
