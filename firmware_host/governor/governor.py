"""The decision: heat, battery and load each say how deep it may go, and the least of them counts.

Shallower at once, deeper by one rung at a time, and never two switches within a dwell. Deeper only
where the device could stay there for a while by what the model of its heat foresees, or, where
nothing is foreseen yet, where it is cool by the hysteresis. (A controller that answers to the
temperature of the moment in proportion swings by 16 °C: intel/thermal_daemon issue 151.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from firmware_host.governor.ladder import Rung
from firmware_host.governor.limits import Limits
from firmware_host.governor.price import hull, worth_running
from firmware_host.governor.state import Decision, Past, Reading, State

_REACTION = 5.0
"""Seconds from a decision to what shows of it: an utterance that still runs, a sensor that lags."""
_WARM_UP = 20.0
"""Seconds of readings before the filter's slope is worth something."""
_ODD = 1.0
"""By how much (°C) a single reading may be above the ceiling while the filter is not: noise."""
_CELSIUS, _PERCENT, _SLOWDOWN = range(-60, 150), range(0, 100), range(0, 1000)
"""Both ends belong to them: what is outside is no reading of a device that still runs."""
_BURSTS = 1.05
"""Of the demand that is planned for: a burst costs more depth than a pause gains."""
_CHANGE = 0.02
"""By how much the drain must be below what is allowed before the governor goes deeper."""


@dataclass(frozen=True)
class _Wish:
    """How deep one of the reasons lets it go."""

    rung: int
    why: str


class Governor:
    """Decides among `rungs`, from the deepest to the least, within `limits`.

    Raises:
        ValueError: there is no rung.
    """

    def __init__(self, rungs: Sequence[Rung], limits: Limits | None = None) -> None:
        if not rungs:
            raise ValueError("a governor needs something to choose among")
        self.rungs = tuple(rungs)
        self.limits = limits or Limits()
        self._least = len(self.rungs) - 1
        self._hull = hull(self.rungs)

    def decide(self, state: State, now: float) -> Decision:
        """Return what the next utterance is to be run at.

        `now` is in seconds of any clock that never goes back. A state that cannot be read, is
        stale or says NaN leads to the least point.
        """
        past = self._remember(state, now)
        wishes = (
            self._by_heat(state, past, now),
            self._by_battery(state, past, now),
            self._by_load(state, past),
        )
        wish = max(wishes, key=lambda wish: wish.rung)
        current = past.rung
        if current is None:
            return self._switch(past, wish, now)
        if wish.rung == current or now - past.since < self.limits.dwell:
            return self._stay(past, wish if wish.rung == current else _Wish(current, "dwell"))
        if wish.rung > current:
            return self._switch(past, wish, now)
        return self._switch(past, replace(wish, rung=current - 1), now)

    def _remember(self, state: State, now: float) -> Past:
        past = state.past
        busy = _share(state.busy)
        heat, drain, demand = past.heat, past.drain, past.demand
        if past.rung is not None:
            load = self.rungs[past.rung].load
            demand = demand.seen(busy / load if load > 0 else 1.0, now)
        celsius = self._fresh(state.celsius, now, _CELSIUS)
        if celsius is not None:
            heat = heat.seen(celsius.value, celsius.at, busy)
        battery = self._fresh(state.battery, now, _PERCENT)
        if battery is not None and state.charging is not None:
            drain = drain.seen(battery.value, battery.at, busy, state.charging)
        return replace(past, heat=heat, drain=drain, demand=demand)

    def _by_heat(self, state: State, past: Past, now: float) -> _Wish:
        if not state.senses_heat:
            return self._by_slowdown(state, past, now)
        celsius = self._fresh(state.celsius, now, _CELSIUS)
        if celsius is None:
            return _Wish(self._least, "temperature cannot be read")
        limits, heat, current = self.limits, past.heat, past.rung
        aim = limits.ceiling - limits.guard
        if heat.celsius > limits.ceiling or celsius.value > limits.ceiling + _ODD:
            return _Wish(self._least, "above the ceiling")
        if current is None or now - heat.first < _WARM_UP:
            if heat.celsius <= aim - limits.hysteresis:
                return _Wish(current or 0, "cool")
            return _Wish(self._least, "warm, and not known how fast it warms")
        soon = limits.dwell + _REACTION
        if heat.expected(self._load(past, current), soon) > limits.ceiling:
            fits = (
                rung
                for rung in range(current + 1, self._least)
                if heat.expected(self._load(past, rung), soon) <= limits.ceiling
            )
            return _Wish(next(fits, self._least), "would reach the ceiling")
        demand = _BURSTS * past.demand.lately
        worth = worth_running(heat, self.rungs, self._hull, demand, aim)
        if worth > current:
            return _Wish(current + 1, "depth is worth more later")
        if worth < current and heat.expected(self._load(past, current - 1), limits.stay) <= aim:
            return _Wish(current - 1, "cool")
        return _Wish(current, "heat")

    def _by_slowdown(self, state: State, past: Past, now: float) -> _Wish:
        slowdown = self._fresh(state.slowdown, now, _SLOWDOWN)
        if slowdown is None:
            return _Wish(self._least, "heat cannot be inferred")
        current = past.rung or 0
        if slowdown.value >= self.limits.slowed:
            return _Wish(min(current + 1, self._least), "slow: heat is inferred")
        if slowdown.value > (1 + self.limits.slowed) / 2:
            return _Wish(current, "heat is inferred")
        return _Wish(0, "as fast as when cool")

    def _by_battery(self, state: State, past: Past, now: float) -> _Wish:
        if not state.on_battery or state.charging:
            return _Wish(0, "power from outside")
        battery = self._fresh(state.battery, now, _PERCENT)
        if battery is None or state.charging is None:
            return _Wish(self._least, "battery cannot be read")
        limits = self.limits
        if battery.value <= limits.reserve:
            return _Wish(self._least, "battery at its reserve")
        for rung in range(self._least + 1):
            load = min(past.demand.lately * self.rungs[rung].load, 1.0)
            share = past.drain.share(load, limits.reserve, limits.lasts)
            deeper = past.rung is not None and rung < past.rung
            if share is None or share <= (1 - _CHANGE if deeper else 1.0):
                return _Wish(rung, "battery")
        return _Wish(self._least, "battery")

    def _by_load(self, state: State, past: Past) -> _Wish:
        if not state.live:
            return _Wish(0, "no hurry")
        if state.queue is None or state.busy is None:
            return _Wish(self._least, "load cannot be read")
        current = past.rung or 0
        if state.queue >= self.limits.queue:
            return _Wish(min(current + 1, self._least), "utterances wait")
        if state.queue or (current and self._load(past, current - 1) > self.limits.busy):
            return _Wish(current, "busy")
        return _Wish(0, "idle")

    def _load(self, past: Past, rung: int) -> float:
        """Return what share of the time a rung would compute, when there is much to do."""
        return min(past.demand.high * self.rungs[rung].load, 1.0)

    def _fresh(self, reading: Reading | None, now: float, plausible: range) -> Reading | None:
        """Return a reading that can be believed; no value of NaN is within a range."""
        if reading is None or not plausible.start <= reading.value <= plausible.stop:
            return None
        return reading if now - reading.at <= self.limits.stale else None

    def _switch(self, past: Past, wish: _Wish, now: float) -> Decision:
        return self._stay(replace(past, rung=wish.rung, since=now), wish)

    def _stay(self, past: Past, wish: _Wish) -> Decision:
        return Decision(wish.rung, self.rungs[wish.rung].point, wish.why, past)


def _share(busy: float | None) -> float:
    """Return the share of the time spent computing; all of it where that is not known."""
    return min(max(busy, 0.0), 1.0) if busy is not None and math.isfinite(busy) else 1.0
