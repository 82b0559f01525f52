"""Lines of bytes: text as it is, messages in words, each with the time of its first byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from edge.wire import Frame, Message, Receiver, WireError, decode
from edge.wire.messages import Log
from firmware_host.monitor.follow import Chunk, Turn

_LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error"}
_IDLE = 0.5
"""Seconds after which a line that was begun is shown without its end: it may be a prompt."""


@dataclass(frozen=True)
class Line:
    """A line and when its first byte came, in seconds since 1970.

    `kind` is "text", "link" for what happened to the link, or a message's name; then `message`
    holds it.
    """

    at: float
    kind: str
    text: str
    message: Message | None = None

    def record(self) -> dict[str, object]:
        """Return everything for JSON."""
        record: dict[str, object] = {"at": round(self.at, 6), "kind": self.kind}
        if self.message is None:
            return {**record, "text": self.text}
        fields = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in asdict(self.message).items()
        }
        return {**record, **fields}


class Liner:
    """Makes lines of what `follow` yields."""

    def __init__(self) -> None:
        self._receiver = Receiver()
        self._begun = ""
        self._begun_at: float | None = None

    def take(self, item: Chunk | Turn) -> Iterator[Line]:
        """Take what came; yield what is whole by now."""
        if isinstance(item, Turn):
            yield from self._rest(item.at)
            self._receiver = Receiver()
            yield Line(item.at, "link", item.what)
            return
        if item.data and self._begun_at is None:
            self._begun_at = item.at
        found = self._receiver.feed(item.data)
        waited = self._begun_at is not None and item.at - self._begun_at > _IDLE
        if not item.data and waited:
            found += self._receiver.flush()
        for each in found:
            if isinstance(each, Frame):
                yield _told(each, item.at)
                continue
            self._begun += each.text
            if self._begun.endswith("\n"):
                yield self._line(item.at)
                # What follows in these bytes came with them.
                self._begun_at = item.at
        if not item.data and waited and self._begun:
            yield self._line(item.at)
        if not self._begun and not self._receiver.waits:
            self._begun_at = None

    def _rest(self, at: float) -> Iterator[Line]:
        """Yield what was said and not ended: a device's last words."""
        for each in self._receiver.flush():
            self._begun += "" if isinstance(each, Frame) else each.text
        if self._begun:
            yield self._line(at)

    def _line(self, at: float) -> Line:
        begun_at = at if self._begun_at is None else self._begun_at
        line = Line(begun_at, "text", self._begun.rstrip("\r\n"))
        self._begun, self._begun_at = "", None
        return line


def _told(frame: Frame, at: float) -> Line:
    """Return a message in words."""
    try:
        message = decode(frame)
    except WireError as error:
        return Line(at, "unknown", error.what)
    if isinstance(message, Log):
        text = f"{_LEVELS.get(message.level, str(message.level))}: {message.text}"
        return Line(at, "Log", text, message)
    said = (
        f"{name}={value[:6].hex() if isinstance(value, bytes) else value}"
        for name, value in asdict(message).items()
        if value is not None and value != ""
    )
    name = type(message).__name__
    return Line(at, name, f"{name} {' '.join(said)}", message)
