"""An agent says nothing of its state until it is asked: a monitor may ask it."""

from __future__ import annotations

import secrets

from edge.wire import encode, encode_frame
from edge.wire.frame import MAX_BODY, VERSION
from edge.wire.messages import Hello, Watch
from firmware_host.monitor.follow import Turn
from firmware_host.monitor.lines import Line


class Asking:
    """Has telemetry sent at an interval (in seconds), by whatever agent comes to be there."""

    def __init__(self, interval_s: float) -> None:
        hello = Hello(VERSION, VERSION, MAX_BODY, 0, secrets.randbits(32), "eedge monitor", "")
        watch = Watch(round(1000 * interval_s))
        self._question = b"".join(
            encode_frame(encode(message, number)) for number, message in enumerate([hello, watch])
        )
        self._known: int | None = None

    def connected(self, turn: Turn) -> bytes:
        """Return what is to be sent to a link that was opened."""
        self._known = None
        return self._question if turn.connected else b""

    def heard(self, line: Line) -> bytes:
        """Return what is to be sent when that was said: an agent that starts has heard nothing."""
        if not isinstance(line.message, Hello) or line.message.session == self._known:
            return b""
        self._known = line.message.session
        return self._question
