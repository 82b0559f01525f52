"""A board's state, put together from all that says something about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from boards.board import Board
from edge.state import sysfs
from edge.state.sample import Battery, Fault, Temperature
from edge.state.source import Source
from firmware_host.governor.state import Past, Reading, State
from firmware_host.state import dumpsys, vcgencmd

_SKIN = ("skin", "battery")
"""Of a phone, what its trip points are meant for; its cores are hotter, and may be."""


@dataclass(frozen=True)
class Snapshot:
    """All that could be read at `at` (seconds of the clock that was given).

    `has_battery` is false for a device at the mains; `throttled` says in words how the device slows
    itself down now.
    """

    at: float
    temperatures: tuple[Temperature, ...] = ()
    battery: Battery | None = None
    faults: tuple[Fault, ...] = ()
    throttled: tuple[str, ...] = ()
    senses_heat: bool = True
    has_battery: bool = False

    @property
    def celsius(self) -> float | None:
        """The temperature to go by; None if any sensor that should have one has none."""
        if not self.temperatures or any(fault.what != "battery" for fault in self.faults):
            return None
        skin = [one for one in self.temperatures if one.what.split()[0] in _SKIN]
        return max(one.celsius for one in skin or self.temperatures)

    def state(
        self, past: Past, busy: float | None, queue: int | None, slowdown: float | None = None
    ) -> State:
        """Return what the governor decides by."""
        celsius, battery = self.celsius, self.battery
        return State(
            past,
            celsius=None if celsius is None else Reading(celsius, self.at),
            battery=None if battery is None else Reading(battery.percent, self.at),
            charging=None if battery is None else battery.charging,
            busy=busy,
            queue=queue,
            slowdown=None if slowdown is None else Reading(slowdown, self.at),
            senses_heat=self.senses_heat,
            on_battery=self.has_battery,
        )


class StateReader:
    """Reads a board's state through a source, as often as asked."""

    def __init__(self, board: Board, source: Source, clock: Callable[[], float]) -> None:
        self._board = board
        self._source = source
        self._clock = clock
        self._asks_firmware = board.link in ("local", "ssh") and board.target == "cpu"

    def read(self) -> Snapshot:
        """Read it now; what cannot be read is among the faults."""
        at = self._clock()  # before reading: what takes long is old when it has come
        if self._board.link == "adb":
            return self._android(at)
        files = self._source.files(sysfs.patterns(self._board))
        heat = sysfs.heat(self._board, files)
        power = sysfs.supply(files)
        return replace(
            _snapshot(at, heat, power),
            has_battery=power is not None or bool(self._board.battery),
            senses_heat=bool(heat),
            throttled=self._throttled(),
        )

    def _android(self, at: float) -> Snapshot:
        thermal, power = (self._source.command(what) for what in (dumpsys.THERMAL, dumpsys.BATTERY))
        heat, status = dumpsys.read_thermal(thermal or "")
        if not heat:
            heat = [Fault("temperature", "dumpsys thermalservice says none")]
        found = _snapshot(
            at, heat, dumpsys.read_battery(power) if power else Fault("battery", "no answer")
        )
        slowed = (f"Android's thermal status is {status}",) if status else ()
        return replace(found, has_battery=True, throttled=slowed)

    def _throttled(self) -> tuple[str, ...]:
        if not self._asks_firmware:
            return ()
        said = vcgencmd.read_throttled(self._source.command(vcgencmd.COMMAND) or "")
        if said is None:
            self._asks_firmware = False  # not a Raspberry Pi
            return ()
        return said[0]


def _snapshot(
    at: float, heat: list[Temperature | Fault], power: Battery | Fault | None
) -> Snapshot:
    return Snapshot(
        at,
        temperatures=tuple(one for one in heat if isinstance(one, Temperature)),
        battery=power if isinstance(power, Battery) else None,
        faults=tuple(one for one in (*heat, power) if isinstance(one, Fault)),
    )
