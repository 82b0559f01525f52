"""A program's standard input and output as a stream that never waits longer than it is told."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence

from firmware_host.errors import LinkLostError, LinkTimeoutError
from firmware_host.links.process import end, start

_AT_ONCE = 1 << 16
_WRITE_TIMEOUT = 10.0


class ProcessStream:
    """Runs a program; what it says on stderr is dropped."""

    def __init__(self, args: Sequence[str], name: str) -> None:
        self._name = name
        self._process = start(args, quiet=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._closed = False

    def read(self, timeout: float) -> bytes:
        """Return what has come within `timeout`, or b""; raises `LinkLostError` at its end."""
        self._check()
        ready, _, _ = select.select([self._out], [], [], max(timeout, 0))
        if not ready:
            return b""
        data = os.read(self._out, _AT_ONCE)
        if not data:
            raise LinkLostError(f"{self._name}: the program at the other end has ended")
        return data

    def write(self, data: bytes) -> None:
        """Send all of it; raises `LinkLostError`, or `LinkTimeoutError` if nobody takes it."""
        self._check()
        until = time.monotonic() + _WRITE_TIMEOUT
        rest = memoryview(data)
        while rest:
            left = until - time.monotonic()
            _, ready, _ = select.select([], [self._in], [], max(left, 0))
            if not ready:
                raise LinkTimeoutError(f"{self._name}: takes no more")
            try:
                rest = rest[os.write(self._in, rest[:_AT_ONCE]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise LinkLostError(f"{self._name}: nobody reads at the other end") from error

    def close(self) -> None:
        """End the program."""
        self._closed = True
        end(self._process)

    def _check(self) -> None:
        """Refuse to use descriptors that may be another's by now."""
        if self._closed:
            raise LinkLostError(f"{self._name}: was closed")
