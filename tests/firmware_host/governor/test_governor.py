"""What the governor decides, and what it may never decide."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.board import load_board
from edge.calibration import Calibration, FixedRule, OperatingPoint
from firmware_host.governor import Governor, Limits, Past, State, ladder
from firmware_host.governor.state import Reading
from tests.firmware_host.ladder import LADDER, LEAST, LIMITS

GOVERNOR = Governor(LADDER, LIMITS)


def cool(at: float, past: Past, **fields: Any) -> State:
    """A device at which nothing is wrong."""
    state = State(past, Reading(30.0, at), Reading(90.0, at), charging=True, busy=0.5, queue=0)
    return replace(state, **fields)


def rung_after(seconds: int, start: int = 0, **fields: Any) -> int:
    """Return the rung after so long in one state, from a rung that was run long before."""
    past = Past(rung=start, since=-100.0)
    for at in range(seconds):
        past = GOVERNOR.decide(cool(float(at), past, **fields), float(at)).past
    return past.rung if past.rung is not None else -1


def test_a_cool_device_at_the_mains_runs_at_full_depth():
    assert rung_after(1) == 0
    assert rung_after(60) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"celsius": None},
        {"celsius": Reading(math.nan, 0.0)},
        {"celsius": Reading(math.inf, 0.0)},
        {"celsius": Reading(30.0, -60.0)},
        {"celsius": Reading(-87.9, 0.0)},
        {"celsius": Reading(1e150, 0.0)},
        {"battery": None, "charging": False},
        {"battery": Reading(math.nan, 0.0), "charging": False},
        {"charging": None},
        {"queue": None},
        {"busy": None},
        {"senses_heat": False, "slowdown": None},
        {"senses_heat": False, "slowdown": Reading(math.nan, 0.0)},
    ],
)
def test_what_cannot_be_read_counts_as_bad(fields):
    decision = GOVERNOR.decide(cool(0.0, Past(), **fields), 0.0)
    assert decision.rung == LEAST


@pytest.mark.parametrize(("above", "rung"), [(0.5, 1), (1.5, LEAST)])
def test_one_reading_above_the_ceiling_costs_a_rung_if_it_may_be_noise(above, rung):
    past = Past()
    for at in range(91):
        celsius = LIMITS.ceiling + (above if at == 90 else -1.0)
        state = cool(float(at), past, celsius=Reading(celsius, float(at)), busy=0.0)
        past = GOVERNOR.decide(state, float(at)).past
    assert past.rung == rung


def test_above_the_ceiling_only_the_least_runs():
    assert (
        GOVERNOR.decide(cool(0.0, Past(0, -100.0), celsius=Reading(69.0, 0.0)), 0.0).rung == LEAST
    )


def test_a_battery_at_its_reserve_runs_the_least():
    decision = GOVERNOR.decide(cool(0.0, Past(), battery=Reading(5.0, 0.0), charging=False), 0.0)
    assert decision.rung == LEAST
    assert "reserve" in decision.why


def test_a_device_without_a_battery_is_not_asked_for_one():
    state = cool(0.0, Past(), battery=None, charging=None, on_battery=False)
    assert GOVERNOR.decide(state, 0.0).rung == 0


def test_a_growing_queue_takes_depth_rung_by_rung():
    assert rung_after(1, queue=9) == 1
    assert rung_after(15, queue=9) == 2


def test_without_a_sensor_a_device_that_has_become_slow_is_taken_for_hot():
    def past_after(slowdown: float, past: Past) -> Past:
        for at in range(25):
            reading = Reading(slowdown, float(at))
            state = cool(float(at), past, senses_heat=False, celsius=None, slowdown=reading)
            past = GOVERNOR.decide(state, float(at)).past
        return replace(past, since=-100.0)

    assert past_after(1.0, Past(0, -100.0)).rung == 0
    hot = past_after(1.4, Past(0, -100.0))
    assert hot.rung is not None
    assert hot.rung > 0
    assert past_after(1.1, hot).rung == hot.rung
    assert past_after(1.0, hot).rung == 0


READINGS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(20, 90))
STEPS = st.lists(
    st.tuples(st.floats(0.1, 30), READINGS, READINGS, st.sampled_from([True, False, None])),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_is_read_it_stays_on_the_ladder_and_switches_once_per_dwell(steps):
    past, now, switches, last = Past(), 0.0, [], None
    for step, celsius, percent, charging in steps:
        now += step
        state = State(
            past,
            None if celsius is None else Reading(celsius, now),
            None if percent is None else Reading(percent, now),
            charging,
            busy=percent,
            queue=0,
        )
        decision = GOVERNOR.decide(state, now)
        assert decision == GOVERNOR.decide(state, now)
        assert 0 <= decision.rung <= LEAST
        assert decision.point == LADDER[decision.rung].point
        if last is not None and decision.rung != last:
            assert decision.rung > last or decision.rung == last - 1, "deeper by one at a time"
            switches.append(now)
        past, last = decision.past, decision.rung
    assert all(b - a >= LIMITS.dwell for a, b in itertools.pairwise(switches))


def point(name: str, wer: float, cost: float) -> OperatingPoint:
    return OperatingPoint(
        name=name, rule=FixedRule(exit=2), wer=wer, wer_low=wer, wer_high=wer, mean_exit=2,
        cost_s=cost,
    )  # fmt: skip


def calibration(*points: OperatingPoint) -> Calibration:
    return Calibration(
        bundle="0" * 64, board="host", recipe="dynamic-int8", vocabulary=9, units="text",
        measured=True, conditions={}, points=points,
    )  # fmt: skip


def test_the_ladder_has_each_point_that_saves_more_for_its_errors():
    found = ladder(
        calibration(point("full", 5, 4), point("a", 6, 3), point("worse", 7, 3.5), point("b", 9, 1))
    )
    assert [(rung.point, rung.load) for rung in found] == [("full", 1), ("a", 0.75), ("b", 0.25)]


def test_it_never_goes_deeper_than_the_point_that_was_asked_for():
    found = ladder(calibration(point("full", 5, 4), point("a", 6, 3), point("b", 9, 1)), "a")
    assert [rung.point for rung in found] == ["a", "b"]


def test_the_ceiling_lies_below_the_boards_first_trip_point():
    assert Limits.of(load_board("raspberry-pi-5")).ceiling == 78.0
