"""What a device on a link says of itself, as the governor wants it."""

from __future__ import annotations

from dataclasses import replace

from edge.wire.messages import Hello, Telemetry
from firmware_host.governor.state import Past, Reading, State
from firmware_host.state.polling import Polling
from firmware_host.state.slowdown import Slowdown

_TELEMETRY, _NO_SENSOR, _NO_BATTERY = 1 << 2, 1 << 4, 1 << 5
"""Of Hello's capabilities: what is not there need not be read, and is not bad for being silent."""
_CHARGING = {0: False, 1: True}


class Gauge:
    """Collects telemetry and the time spent computing; times are in seconds of the caller's clock.

    A reading is as old as the telemetry that brought it. What telemetry leaves out is not filled
    with what was said before. Of a device whose agent cannot read them, `polling` has heat and
    battery.
    """

    def __init__(self, now: float) -> None:
        self.last: Telemetry | None = None
        self.polling: Polling | None = None
        self.tells = False
        """Whether the device sends telemetry at all."""
        self.heard_at = now
        self._senses_heat = self._has_battery = False
        self._slowdown = Slowdown()
        self._computed, self._since = 0.0, now

    @property
    def celsius(self) -> float | None:
        """The temperature to go by, if it is known."""
        if self.polling is not None:
            return self.polling.last.celsius
        return self.last.celsius if self.last else None

    @property
    def battery_percent(self) -> float | None:
        """The battery's level, if it is known."""
        if self.polling is not None:
            battery = self.polling.last.battery
            return battery.percent if battery else None
        return self.last.battery_percent if self.last else None

    @property
    def charging(self) -> bool | None:
        """Whether the battery is being charged, if it is known."""
        if self.polling is not None:
            battery = self.polling.last.battery
            return battery.charging if battery else None
        return _CHARGING.get(self.last.charging) if self.last else None

    def greeted(self, hello: Hello) -> None:
        """Take what the device says there is; what was there once is still expected."""
        self.tells = bool(hello.capabilities & _TELEMETRY)
        self._senses_heat |= not hello.capabilities & _NO_SENSOR
        self._has_battery |= not hello.capabilities & _NO_BATTERY

    def told(self, telemetry: Telemetry, now: float) -> None:
        """Take telemetry that has come now."""
        self.last, self.heard_at = telemetry, now

    def ran(self, kind: object, latency_s: float, loading_s: float) -> None:
        """Take what an utterance took; `kind` tells apart lengths and exits."""
        self._computed += latency_s + loading_s
        self._slowdown.ran(kind, latency_s)

    def state(self, past: Past, now: float, queue: int, live: bool) -> State:
        """Return the device's state; the share of computing is that since the state before."""
        elapsed = now - self._since
        busy = min(self._computed / elapsed, 1.0) if elapsed > 0 else 0.0
        self._computed, self._since = 0.0, now
        ratio = self._slowdown.ratio
        if self.polling is not None:
            return replace(self.polling.last.state(past, busy, queue, ratio), live=live)

        def reading(value: float | None) -> Reading | None:
            return None if value is None else Reading(value, self.heard_at)

        return State(
            past,
            celsius=reading(self.celsius),
            battery=reading(self.battery_percent),
            charging=self.charging,
            busy=busy,
            queue=queue,
            slowdown=None if ratio is None else Reading(ratio, now),
            senses_heat=self._senses_heat,
            on_battery=self._has_battery,
            live=live,
        )
