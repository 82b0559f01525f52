"""The governor in C: the same decision as Python's, for the same reason, on any trace."""

from __future__ import annotations

import ctypes
import math
import random
from ctypes import POINTER, Structure, byref, c_bool, c_char_p, c_double, c_size_t, c_uint8
from dataclasses import fields, replace

import pytest

from firmware_host.governor import Governor, Limits, Past, Rung, State
from firmware_host.governor.state import Reading

_MOST_RUNGS = 32


class _Rung(Structure):
    _fields_ = [("load", c_double), ("wer", c_double)]


class _Limits(Structure):
    _fields_ = [(field.name, c_double) for field in fields(Limits)]


class _Governor(Structure):
    _fields_ = [
        ("rungs", _Rung * _MOST_RUNGS),
        ("rung_count", c_size_t),
        ("hull", c_uint8 * _MOST_RUNGS),
        ("hull_count", c_size_t),
        ("limits", _Limits),
    ]


class _Heat(Structure):
    _fields_ = [
        ("known", c_bool),
        *((name, c_double) for name in ("at", "celsius", "slope", "load", "gain", "rate")),
    ]


class _Past(Structure):
    _fields_ = [
        ("decided", c_bool),
        ("rung", c_size_t),
        ("since", c_double),
        ("heat", _Heat),
        ("rest", c_double * 64),
    ]


class _Sensed(Structure):
    _fields_ = [("known", c_bool), ("value", c_double), ("at", c_double)]


class _State(Structure):
    _fields_ = [
        ("celsius", _Sensed),
        ("battery", _Sensed),
        ("slowdown", _Sensed),
        ("charging", ctypes.c_int),
        ("busy_known", c_bool),
        ("busy", c_double),
        ("queue_known", c_bool),
        ("queue", ctypes.c_uint32),
        ("senses_heat", c_bool),
        ("on_battery", c_bool),
        ("live", c_bool),
    ]


def sensed(reading: Reading | None) -> _Sensed:
    return _Sensed() if reading is None else _Sensed(True, reading.value, reading.at)


class CGovernor:
    """`ee_govern`, which remembers what it decided."""

    def __init__(self, core: ctypes.CDLL, rungs: list[Rung], limits: Limits) -> None:
        self._core, self._governor, self.past = core, _Governor(), _Past()
        core.ee_governor_begin.restype = c_bool
        core.ee_govern.restype = c_size_t
        core.ee_govern.argtypes = [
            POINTER(_Governor),
            POINTER(_Past),
            POINTER(_State),
            c_double,
            POINTER(c_char_p),
        ]
        given = (_Rung * len(rungs))(*(_Rung(rung.load, rung.wer) for rung in rungs))
        own = _Limits(*(getattr(limits, field.name) for field in fields(Limits)))
        assert core.ee_governor_begin(
            byref(self._governor), byref(self.past), given, c_size_t(len(rungs)), byref(own)
        )

    def decide(self, state: State, now: float) -> tuple[int, str]:
        given = _State(
            sensed(state.celsius),
            sensed(state.battery),
            sensed(state.slowdown),
            2 if state.charging is None else int(state.charging),
            state.busy is not None,
            state.busy or 0.0,
            state.queue is not None,
            state.queue or 0,
            state.senses_heat,
            state.on_battery,
            state.live,
        )
        why = c_char_p()
        rung = self._core.ee_govern(
            byref(self._governor), byref(self.past), byref(given), now, byref(why)
        )
        return rung, (why.value or b"").decode()


def some_rungs(rng: random.Random) -> list[Rung]:
    load, wer, rungs = 1.0, 6.0, []
    for at in range(rng.choice([1, 2, 5, 9])):
        rungs.append(Rung(f"point {at}", load, wer, 12.0 - at))
        load *= rng.uniform(0.5, 0.97)
        wer += rng.uniform(0, 3)
    return rungs


class Device:
    """A device that warms as it computes, whose sensors fail now and then."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._around, self._gain = rng.uniform(20, 60), rng.uniform(0.05, 0.6)
        self._celsius, self._battery = self._around, rng.uniform(5, 100)
        self._drain, self._failing = rng.uniform(0, 0.05), rng.choice([0, 0.02, 0.5])
        self._step = rng.choice([0.5, 1.0, 5.0])
        self._senses, self._has_battery = rng.random() < 0.8, rng.random() < 0.7
        self._charging, self._live = False, rng.random() < 0.8
        self.now = rng.uniform(0, 1000)

    def state(self, load: float) -> State:
        """Run for a step at a load, and tell what can be read."""
        rng = self._rng
        busy = min(load * rng.choice([0.2, 1.0, 1.0]), 1.0)
        self.now += self._step if rng.random() < 0.97 else 45.0
        warmth = self._gain * busy - (self._celsius - self._around) / 150
        self._celsius += self._step * warmth
        self._battery = max(self._battery - self._drain * self._step * (0.4 + busy), 0.0)
        if rng.random() < 0.01:
            self._charging = not self._charging
        read = Reading(round(self._celsius * 4) / 4, self.now - rng.choice([0.0, 0.3]))
        return State(
            Past(),
            celsius=self._mostly(read),
            battery=self._mostly(Reading(float(round(self._battery)), self.now)),
            charging=self._mostly(self._charging),
            busy=self._mostly(busy),
            queue=self._mostly(rng.choice([0, 0, 0, 1, 5])),
            slowdown=self._mostly(Reading(rng.uniform(0.9, 1.3), self.now)),
            senses_heat=self._senses,
            on_battery=self._has_battery,
            live=self._live,
        )

    def _mostly(self, value):
        """Return it, but for what a sensor says that fails."""
        if self._rng.random() >= self._failing:
            return value
        if isinstance(value, Reading):
            wrong = [None, math.nan, -87.9, math.inf, 1e6]
            chosen = self._rng.choice([*wrong, value.value])
            return None if chosen is None else Reading(chosen, value.at - 20.0)
        return self._rng.choice([None, math.nan]) if isinstance(value, float) else None


def same_trace(core: ctypes.CDLL, seed: int, steps: int) -> set[str]:
    """Drive both over the same trace; return the reasons that were given."""
    rng = random.Random(seed)
    rungs = some_rungs(rng)
    limits = replace(Limits(), ceiling=rng.uniform(45, 80), dwell=rng.choice([2.0, 10.0]))
    ours, theirs = Governor(rungs, limits), CGovernor(core, rungs, limits)
    device, past, reasons = Device(rng), Past(), set()
    for _ in range(steps):
        state = device.state(rungs[past.rung or 0].load)
        decision = ours.decide(replace(state, past=past), device.now)
        assert theirs.decide(state, device.now) == (decision.rung, decision.why)
        past = decision.past
        for name in ("celsius", "slope", "gain", "rate"):
            assert getattr(theirs.past.heat, name) == getattr(past.heat, name)
        reasons.add(decision.why)
    return reasons


def test_every_decision_is_the_same_to_the_bit(core):
    reasons = set()
    for seed in range(30):
        reasons |= same_trace(core, seed, steps=100)
    assert len(reasons) > 12


@pytest.mark.slow
def test_ten_thousand_decisions_agree(core):
    reasons = set()
    for seed in range(500):
        reasons |= same_trace(core, 1000 + seed, steps=20)
    for seed in range(20):
        reasons |= same_trace(core, seed, steps=1000)
    assert len(reasons) > 15


def test_the_usual_limits_are_the_same(core):
    usual = _Limits.in_dll(core, "ee_usual_limits")
    assert [getattr(usual, field.name) for field in fields(Limits)] == [
        getattr(Limits(), field.name) for field in fields(Limits)
    ]


@pytest.mark.parametrize("count", [0, _MOST_RUNGS + 1])
def test_a_ladder_that_is_empty_or_too_long_is_refused(core, count):
    core.ee_governor_begin.restype = c_bool
    rungs = (_Rung * (count + 1))()
    given = byref(_Governor()), byref(_Past()), rungs, c_size_t(count), byref(_Limits())
    assert not core.ee_governor_begin(*given)
