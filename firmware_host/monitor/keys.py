"""Keys pressed while a device is watched: few are for the monitor, all others go to the device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

QUIT, MENU, INTERRUPT = b"\x1d", b"\x14", b"\x03"
"""Ctrl-], Ctrl-T and Ctrl-C, as a terminal sends them."""
HINT = "Ctrl-] quits, Ctrl-T is the menu, Ctrl-T C sends Ctrl-C"


class Action(Enum):
    """What a key asks for."""

    QUIT = auto()
    HINT = auto()
    MENU = auto()
    PAUSE = auto()
    TIMES = auto()
    TELEMETRY = auto()


_AFTER_MENU: dict[bytes, tuple[Action | bytes, str]] = {
    b"p": (Action.PAUSE, "P  hold the lines, or show them again"),
    b"t": (Action.TIMES, "T  times before the lines, or none"),
    b"q": (Action.TELEMETRY, "Q  telemetry, or none"),
    b"c": (INTERRUPT, "C  send Ctrl-C"),
    b"x": (Action.QUIT, "X  quit"),
    MENU: (MENU, "Ctrl-T  send Ctrl-T"),
    QUIT: (QUIT, "Ctrl-]  send Ctrl-]"),
}
MENU_TEXT = "; ".join(text for _, text in _AFTER_MENU.values())


@dataclass
class Keys:
    """Parts what is typed into actions and bytes for the device."""

    in_menu: bool = False

    def take(self, typed: bytes) -> list[Action | bytes]:
        """Return what was asked for, and what is to be sent, in order."""
        found: list[Action | bytes] = []
        for number in typed:
            key = bytes([number])
            if self.in_menu:
                self.in_menu = False
                found.append(_AFTER_MENU.get(key.lower(), (Action.HINT, ""))[0])
            elif key == QUIT:
                found.append(Action.QUIT)
            elif key == INTERRUPT:
                found.append(Action.HINT)
            elif key == MENU:
                self.in_menu = True
                found.append(Action.MENU)
            elif found and isinstance(found[-1], bytes):
                found[-1] += key
            else:
                found.append(key)
        return found
