"""Bytes in, bytes out: the loop of the agent."""

from __future__ import annotations

import os
import select
import time

from edge.agent.session import Session
from edge.wire import Frame, Message, Receiver, encode, encode_frame

_AT_ONCE = 1 << 16


class Gone(Exception):  # noqa: N818
    """The other end has closed the link: an end, and no error."""


class Server:
    """Serves one session over two file descriptors, until the other end is gone."""

    def __init__(self, session: Session, into: int, out: int) -> None:
        self._session, self._in, self._out = session, into, out
        self._receiver = Receiver()
        self._number = 0
        self._next = 0.0

    def serve(self) -> None:
        """Say Hello, then answer.

        Raises:
            Gone: the other end has closed the link.
            OSError: it broke.
        """
        self._send(self._session.hello())
        while True:
            for item in self._receiver.feed(self._read()):
                if isinstance(item, Frame):
                    for message in self._session.answer(item):
                        self._send(message)
            self._watch()

    def _read(self) -> bytes:
        """Return what has come, or b"" when telemetry is due."""
        interval = self._session.interval
        wait = None if interval is None else max(self._next - time.monotonic(), 0.0)
        ready, _, _ = select.select([self._in], [], [], wait)
        if not ready:
            return b""
        data = os.read(self._in, _AT_ONCE)
        if not data:
            raise Gone
        return data

    def _watch(self) -> None:
        interval, now = self._session.interval, time.monotonic()
        if interval is None or now < self._next:
            return
        # From the time that it was due, so that what a sensor takes does not add up.
        self._next = max(self._next + interval, now)
        self._send(self._session.telemetry())

    def _send(self, message: Message) -> None:
        rest = memoryview(encode_frame(encode(message, self._number)))
        self._number += 1
        while rest:
            rest = rest[os.write(self._out, rest) :]
