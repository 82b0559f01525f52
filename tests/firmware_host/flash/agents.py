"""Agents that can be flashed and start in milliseconds, in processes of their own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from pathlib import Path

from boards.board import load_board
from edge.agent.serve import Gone, Server
from edge.agent.session import Session
from edge.agent.shelf import Shelf
from edge.signature import PublicKey
from edge.slots import Slots
from firmware_host.errors import LinkLostError

HOST = load_board("host")
EVENTS = {"open", "os.rename", "os.remove", "os.link", "os.truncate", "os.mkdir", "os.rmdir"}


class Handles:
    """A stream over two file descriptors."""

    def __init__(self, into: int, out: int) -> None:
        self._in, self._out = into, out

    def read(self, timeout: float) -> bytes:
        ready, _, _ = select.select([self._out], [], [], timeout)
        if not ready:
            return b""
        try:
            data = os.read(self._out, 1 << 16)
        except OSError as error:
            raise LinkLostError("reset") from error
        if not data:
            raise LinkLostError("ended")
        return data

    def write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._in, data) :]
        except OSError as error:
            raise LinkLostError("nobody reads") from error

    def close(self) -> None:
        """Stay open: the agent goes on."""


class Forked(Handles):
    """An agent in a process of its own, which is this one's copy: it starts in milliseconds.

    Args:
        slots: its folder.
        board: what it says it is.
        key: whom it trusts.
        kill_at: it is killed before it does so many things with files.
        cut_at: the link is cut when so many bytes have gone over it.
    """

    def __init__(
        self,
        slots: Path,
        board: str = "host",
        key: PublicKey | None = None,
        kill_at: int | None = None,
        cut_at: int | None = None,
    ) -> None:
        self._socket, theirs = socket.socketpair()
        super().__init__(self._socket.fileno(), self._socket.fileno())
        self._left = cut_at
        self._pid = os.fork()
        if self._pid == 0:
            self._socket.close()
            serve(slots, theirs.fileno(), board, key, kill_at)
        theirs.close()

    def read(self, timeout: float) -> bytes:
        return self._counted(super().read(timeout))

    def write(self, data: bytes) -> None:
        super().write(self._counted(data))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            # Another agent that was forked since has this end as well.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._pid:
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _counted(self, data: bytes) -> bytes:
        """Cut the link when enough has gone over it, in the middle of a frame if need be."""
        if self._left is not None:
            if len(data) > self._left:
                super().write(data[: self._left])
                raise LinkLostError("cut")
            self._left -= len(data)
        return data


def serve(
    slots: Path,
    handle: int,
    board: str = "host",
    key: PublicKey | None = None,
    kill_at: int | None = None,
) -> None:
    """Serve, in a child process, and never return."""
    left = [kill_at]

    def hook(event: str, _: object) -> None:
        if left[0] is not None and event in EVENTS:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        known = load_board(board)
        session = Session(Shelf(None, Slots(slots, known, key), key), known)
        sys.addaudithook(hook)
        Server(session, handle, handle).serve()
    except (Gone, OSError):
        os._exit(0)
    finally:
        os._exit(1)
