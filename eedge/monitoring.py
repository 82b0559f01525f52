"""The loop of `eedge monitor`: lines to the screen and the log, keys to the device."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from edge.wire.messages import Telemetry
from eedge.output import print_record
from eedge.screen import Screen
from firmware_host.export import Export
from firmware_host.monitor.asking import Asking
from firmware_host.monitor.filters import Filter, Times, Without
from firmware_host.monitor.follow import Chunk, Turn
from firmware_host.monitor.keys import HINT, MENU_TEXT, Action, Keys
from firmware_host.monitor.lines import Line, Liner

_HELD = 10_000
"""Lines that are kept while they are not to be shown; of more, the oldest are only in the log."""


@dataclass
class Look:
    """What lines look like; the keys change it on the screen, and the log stays as it was asked."""

    filters: Sequence[Filter]
    times: bool
    telemetry: bool

    def show(self, line: Line) -> str | None:
        """Return what is shown of a line, or None."""
        more: list[Filter] = [] if self.telemetry else [Without("Telemetry")]
        if self.times:
            more.append(Times())
        shown: str | None = line.text
        for each in (*self.filters, *more):
            shown = None if shown is None else each.show(line, shown)
        return shown


@dataclass
class Monitoring:
    """Shows what a device says until it says what is expected, or somebody has seen enough.

    Args:
        name: what the device is called.
        screen: where the lines go.
        look: what they look like there.
        log: where they go without colours; always as `look` was at the beginning.
        as_json: print records in place of lines.
        exports: who else gets the telemetry.
        asking: what asks the device for telemetry; None to only listen.
    """

    name: str
    screen: Screen
    look: Look
    log: TextIO | None
    as_json: bool
    exports: Sequence[Export]
    asking: Asking | None
    _keys: Keys = field(default_factory=Keys)
    _outgoing: bytearray = field(default_factory=bytearray)
    _held: deque[str] | None = None
    _connected: bool = False
    _count: int = 0
    _told: Telemetry | None = None

    def __post_init__(self) -> None:
        self._logged = Look(self.look.filters, self.look.times, self.look.telemetry)

    def outgoing(self) -> bytes:
        """Return what is to be sent to the device, once."""
        given = bytes(self._outgoing)
        self._outgoing.clear()
        return given

    def watch(self, items: Iterable[Chunk | Turn], wanted: re.Pattern[str] | None) -> bool | None:
        """Show what comes.

        Returns:
            True when what is wanted was said, False when somebody quits before, None at the end.
        """
        liner = Liner()
        for item in items:
            if isinstance(item, Turn):
                self._connected = item.connected
                if self.asking is not None:
                    self._outgoing += self.asking.connected(item)
            for line in liner.take(item):
                self._take(line)
                if wanted is not None and line.kind != "link" and wanted.search(line.text):
                    return True
            if not self._typed():
                return False
            self.screen.bar(self._bar())
        return None

    def _take(self, line: Line) -> None:
        self._count += line.kind != "link"
        if isinstance(line.message, Telemetry):
            self._told = line.message
            for export in self.exports:
                export.take(line.message)
        if self.asking is not None:
            self._outgoing += self.asking.heard(line)
        logged = self._logged.show(line)
        if logged is not None and self.log is not None:
            self.log.write(f"{logged}\n")
            self.log.flush()
        shown = self.look.show(line)
        if shown is None:
            return
        if self.as_json:
            print_record(line.record())
        elif self._held is not None:
            self._held.append(shown)
        else:
            self.screen.line(shown, aside=line.kind == "link")

    def _typed(self) -> bool:
        """Do what the keys ask for; return whether to go on."""
        for one in self._keys.take(self.screen.typed()):
            match one:
                case bytes():
                    self._outgoing += one
                case Action.QUIT:
                    return False
                case Action.HINT:
                    self.screen.line(HINT, aside=True)
                case Action.MENU:
                    self.screen.line(MENU_TEXT, aside=True)
                case Action.PAUSE:
                    self._hold_or_show()
                case Action.TIMES:
                    self.look.times = not self.look.times
                case Action.TELEMETRY:
                    self.look.telemetry = not self.look.telemetry
        return True

    def _hold_or_show(self) -> None:
        if self._held is None:
            self._held = deque(maxlen=_HELD)
            return
        held, self._held = self._held, None
        for text in held:
            self.screen.line(text, aside=False)

    def _bar(self) -> str:
        told = self._told
        parts = [self.name, "connected" if self._connected else "not connected"]
        if told is not None and told.celsius is not None:
            parts.append(f"{told.celsius:.1f} °C")
        if told is not None and told.battery_percent is not None:
            parts.append(f"battery {told.battery_percent:.0f} %")
        if told is not None and told.point:
            parts.append(told.point)
        parts.append(f"{self._count} lines")
        if self._held is not None:
            parts.append(f"{len(self._held)} held")
        return "  ".join([*parts, HINT])
