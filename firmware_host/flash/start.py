"""How the agent at the other end of a link comes to run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from boards.board import Board, load_board
from boards.errors import UsageError
from firmware_host.errors import LinkLostError, NoAgentError
from firmware_host.flash.flasher import Flasher
from firmware_host.flash.record import DeviceRecord
from firmware_host.links import Link, Stream
from firmware_host.links.adb import AdbLink
from firmware_host.links.local import LocalLink
from firmware_host.links.serial import SerialLink

_DEFAULT_BOARD, _DEFAULT_PHONE = "host", "android"
_AT_ONCE = 16
"""Chunks under way: with 4,000 bytes each, as much as the buffer of a pipe."""


def agent_line(
    link: Link, board: str | None = None, line: str | None = None, *, stays: bool = False
) -> list[str]:
    """Return what starts an agent that can be flashed; over serial it runs already.

    Args:
        link: where.
        board: a board's name or file, which is copied there; what this machine is called if None.
        line: what a user says that starts it, in place of all else.
        stays: have it outlive the link, so that the next one finds what it has run.

    Raises:
        UsageError: there is no Python on such a device, and no `line`.
        BoardError: there is no such board.
    """
    if isinstance(link, SerialLink):
        return []
    if line is not None:
        return shlex.split(line)
    if isinstance(link, AdbLink):
        raise UsageError(
            f"{link.name}: a phone has no Python, and no agent in C was put there",
            "eedge flash BUNDLE --device DEVICE --agent-binary FILE --runtime FILE",
            "or say what starts the one that is there: --agent "
            "'/data/local/tmp/eedge/eedge-agent --slots /data/local/tmp/eedge/slots'",
        )
    name = board or _DEFAULT_BOARD
    known = load_board(name)
    python = sys.executable if isinstance(link, LocalLink) else "python3"
    # The agent opens the ~: nothing is left to a shell.
    slots = f"{known.work_dir}/slots"
    there = known.name if name == known.name else _brought(link, Path(name), known)
    module = "edge.agent.stay" if stays else "edge.agent"
    return [python, "-m", module, "--slots", slots, "--board", there]


def board_of(link: Link, board: str | None) -> Board:
    """Return what a device is taken for: a board's name or file, or what is usual for its link.

    Raises:
        BoardError: there is no such board.
    """
    return load_board(board or (_DEFAULT_PHONE if isinstance(link, AdbLink) else _DEFAULT_BOARD))


def known_line(
    link: Link, board: str | None = None, line: str | None = None, *, stays: bool = False
) -> list[str]:
    """Return the same as `agent_line`, but for a device that keeps a record of an agent in C.

    Raises:
        UsageError, BoardError: as `agent_line`.
        FlashError: the record is damaged.
        LinkError: the device cannot be reached.
    """
    if line is None and not isinstance(link, SerialLink):
        record = DeviceRecord.read(link, board_of(link, board))
        if record is not None:
            return record.args
    return agent_line(link, board, line, stays=stays)


def _brought(link: Link, path: Path, board: Board) -> str:
    """Have a board's file of the user's own where the agent can read it."""
    if isinstance(link, LocalLink):
        return str(path.absolute())
    there = f"{board.work_dir}/{board.name}.toml"
    link.push(path, there)
    return there


def flasher_for(
    link: Link,
    args: Sequence[str],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    notice: Callable[[str], None] = lambda _: None,
) -> Flasher:
    """Return what flashes the device behind a link, with the agent that `args` start."""
    at_once = 1 if isinstance(link, SerialLink) else _AT_ONCE
    return Flasher(link.name, lambda: start(link, args), at_once, on_progress, notice)


def start(link: Link, args: Sequence[str]) -> Stream:
    """Start an agent, and see that it stays.

    Raises:
        NoAgentError: it ends at once; with what it said.
    """
    stream = link.stream(args)
    if isinstance(link, SerialLink):
        return stream
    return _Checked(stream, lambda: explain(link, args))


def explain(link: Link, args: Sequence[str]) -> None:
    """Start an agent that hears nothing, which ends it, and raise if that is not how it ends.

    Raises:
        NoAgentError: it does not start; with what it said.
    """
    done = link.run(args)
    if done.status == 0:
        return
    said = done.stderr.decode(errors="replace").strip().splitlines()
    reason = said[-1] if said else f"it ends with status {done.status}"
    raise NoAgentError(
        f"{link.name}: no agent starts there: {reason}",
        "install it there: pip install eedge",
        "say what starts it: --agent 'PYTHON -m edge.agent --slots FOLDER --board NAME'",
    )


class _Checked:
    """A stream that asks why, if it ends before anything has come."""

    def __init__(self, stream: Stream, why: Callable[[], None]) -> None:
        self._stream, self._why = stream, why
        self._came = False

    def read(self, timeout: float) -> bytes:
        try:
            data = self._stream.read(timeout)
        except LinkLostError:
            self._ask_why()
            raise
        self._came = self._came or bool(data)
        return data

    def write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except LinkLostError:
            self._ask_why()
            raise

    def close(self) -> None:
        self._stream.close()

    def _ask_why(self) -> None:
        if not self._came:
            self._why()
