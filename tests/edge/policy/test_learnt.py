"""The learnt score, by hand: leave where going on costs more than it brings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from boards.errors import UsageError
from edge.errors import ScoreError
from edge.learnt import REACH, ExitWeights, LearntExit, Sign, Transform
from edge.policy import Learnt
from edge.rules import LearntRule, check_names
from tests.edge.reached import Reached, chain, leaves_at

PLAIN = (Sign(name="entropy_nats"),)


def exit_(at: int, **weights: object) -> LearntExit:
    """Return weights of one sign by which the estimate is that sign."""
    plain = {"mean": (0, 0), "scale": (1, 1), "bias": 0, "linear": (1, 0), "square": (0,)}
    return LearntExit.model_validate({"exit": at, **plain, **weights})


def rule(*exits: LearntExit, signs: tuple[Sign, ...] = PLAIN, last: int = 8) -> LearntRule:
    return LearntRule(signs=signs, exits=exits, last=last, price=0.5)


def test_it_leaves_at_the_first_exit_where_going_on_is_worth_nothing() -> None:
    policy = rule(exit_(2), exit_(4), exit_(6)).policy((2, 4, 6, 8))
    assert leaves_at(policy, chain(1.0, 0.5, -0.5, -1.0)) == 6
    assert leaves_at(policy, chain(0.0, 1.0, 1.0, 1.0)) == 2
    assert leaves_at(policy, chain(1.0, 1.0, 1.0, 1.0)) == 8
    assert policy.deepest == 8


def test_the_estimate_is_what_the_weights_say() -> None:
    weights = exit_(4, mean=(1, 0.5), scale=(2, 0.25), bias=0.1, linear=(3, 5), square=(7,))
    policy = rule(weights).policy((2, 4, 8))
    assert isinstance(policy, Learnt)
    *_, step = chain(1.5, 2.0)
    # In deviations: the sign is (2 − 1) / 2 = 0.5, its change (2 − 1.5 − 0.5) / 0.25 = 0.
    assert policy.regret(step) == pytest.approx(0.1 + 3 * 0.5 + 7 * 0.25)


def test_at_the_first_exit_nothing_has_changed() -> None:
    policy = rule(exit_(2, linear=(0, 1), bias=-0.5)).policy((2, 8))
    assert isinstance(policy, Learnt)
    assert policy.regret(next(chain(3.0))) == -0.5


@pytest.mark.parametrize("value", [4.0, 1e9, math.inf])
def test_what_calibration_has_hardly_seen_counts_no_more_than_three_deviations(
    value: float,
) -> None:
    policy = rule(exit_(2)).policy((2, 8))
    assert isinstance(policy, Learnt)
    assert policy.regret(Reached(2, value, Reached(1, 0.0))) == REACH
    assert policy.regret(Reached(2, -value, Reached(1, 0.0))) == -REACH


def test_at_exits_without_weights_and_at_the_last_nothing_is_computed() -> None:
    policy = rule(exit_(4)).policy((2, 4, 6, 8))
    for exit, leaves in ((2, False), (6, False), (8, True)):
        step = Reached(exit, 1.0)
        assert policy.leaves(step) is leaves
        assert step.asked == 0


@pytest.mark.parametrize("values", [(math.nan, 1.0), (1.0, math.nan), (math.inf, math.inf)])
@pytest.mark.parametrize("transform", ["none", "log"])
def test_it_never_goes_on_for_want_of_a_number(
    values: tuple[float, float], transform: Transform
) -> None:
    sign = Sign(name="entropy_nats", transform=transform, floor=0.1)
    policy = rule(exit_(4), signs=(sign,)).policy((2, 4, 8))
    *_, step = chain(*values)
    with pytest.raises(ScoreError, match="NaN"):
        policy.leaves(step)


@pytest.mark.parametrize(
    ("transform", "value", "read"),
    [
        ("none", -2.5, -2.5),
        ("log", 0.9, math.log(1.0)),
        ("log", 0.0, math.log(0.1)),
        ("log", -3.0, math.log(0.1)),
        ("logit", 0.5, 0.0),
        ("logit", 0.9, math.log(1.0 / 0.2)),
        ("logit", 1.0, math.log(1.1 / 0.1)),
        ("logit", 7.0, math.log(1.1 / 0.1)),
        ("logit", -7.0, math.log(0.1 / 1.1)),
    ],
)
def test_signs_are_read_on_their_scale(transform: Transform, value: float, read: float) -> None:
    reader = Sign(name="posterior", transform=transform, floor=0.1).reader()
    assert reader(value) == pytest.approx(read)


numbers = st.floats(-1e6, 1e6)


@settings(max_examples=30)
@given(st.integers(1, 4), st.data())
def test_a_rule_survives_its_file(signs: int, data: st.DataObject) -> None:
    def some(count: int, of: st.SearchStrategy[float] = numbers) -> list[float]:
        return data.draw(st.lists(of, min_size=count, max_size=count))

    exits = tuple(
        LearntExit(
            exit=at,
            mean=tuple(some(2 * signs)),
            scale=tuple(some(2 * signs, st.floats(1e-6, 1e6))),
            bias=data.draw(numbers),
            linear=tuple(some(2 * signs)),
            square=tuple(some(signs)),
        )
        for at in (2, 4)
    )
    written = rule(*exits, signs=tuple(Sign(name=f"sign{n}") for n in range(signs)))
    read = LearntRule.model_validate_json(written.model_dump_json())
    assert read == written
    here, before = some(signs), some(signs)
    assert ExitWeights(read.exits[0])(here, before) == ExitWeights(exits[0])(here, before)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mean": (0, 0, 0)}, "exit 2 has not 2 × 1 weights"),
        ({"scale": (1,)}, "exit 2 has not 2 × 1 weights"),
        ({"linear": ()}, "exit 2 has not 2 × 1 weights"),
        ({"square": (0, 0)}, "exit 2 has not 2 × 1 weights"),
        ({"scale": (1, 0)}, "exit 2 has a scale that is not above 0"),
        ({"bias": math.nan}, "finite"),
        ({"linear": (math.inf, 0)}, "finite"),
        ({"exit": 8}, "must ascend and lie before the last, 8"),
    ],
    ids=str,
)
def test_weights_that_cannot_be_right_are_refused(change: dict[str, object], says: str) -> None:
    at = change.pop("exit", 2)
    assert isinstance(at, int)
    with pytest.raises(ValidationError, match=says):
        rule(exit_(at, **change))


def test_exits_that_are_not_in_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="must ascend"):
        rule(exit_(4), exit_(2))
    with pytest.raises(ValidationError, match="must ascend"):
        rule(exit_(2), exit_(2))


def test_a_logarithm_without_a_floor_is_refused() -> None:
    with pytest.raises(ValidationError, match="posterior has no floor"):
        Sign(name="posterior", transform="logit")


def test_an_encoder_without_one_of_its_exits_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no exit 4"):
        rule(exit_(2), exit_(4)).policy((2, 8))
    assert rule(exit_(2), exit_(4)).named_exits == (2, 4, 8)


def test_a_sign_that_no_encoder_has_is_named() -> None:
    mixed = (Sign(name="entropy_nats"), Sign(name="sound_s"))
    weights = exit_(2, mean=(0,) * 4, scale=(1,) * 4, linear=(0,) * 4, square=(0,) * 2)
    known = rule(weights, signs=mixed)
    assert check_names(known) == known
    with pytest.raises(ValueError, match="no score or sign 'posterior'"):
        check_names(rule(exit_(2), signs=(Sign(name="posterior"),)))
