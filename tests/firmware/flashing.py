"""The agent in C and Python's, asked in the same way to be flashed."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from edge.agent.session import Session
from edge.agent.shelf import Shelf
from edge.slots import Slots, pointer
from edge.slots.check import check_bundle
from edge.wire import Frame, Message, Receiver, decode, encode, encode_frame
from edge.wire.messages import Hello, Slot
from firmware_host.errors import LinkLostError
from firmware_host.links import Stream
from tests.firmware_host.flash.agents import HOST, Handles

HELLO = Hello(1, 1, 4096, 0, 7, "test", "")
Line = Callable[..., list[str]]


class Process(Handles):
    """The agent in C; it is killed when so many bytes were sent to it, in the middle of a frame."""

    def __init__(self, line: list[str], kill_at: int | None = None) -> None:
        self._left = kill_at
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        super().__init__(self.process.stdin.fileno(), self.process.stdout.fileno())

    def write(self, data: bytes) -> None:
        if self._left is not None:
            if len(data) > self._left:
                super().write(data[: self._left])
                self.process.kill()
                raise LinkLostError("killed")
            self._left -= len(data)
        super().write(data)

    def close(self) -> None:
        """End it; what a sanitizer found is its status."""
        with contextlib.suppress(OSError):
            self.process.communicate(timeout=20)
        assert self.process.returncode == (0 if self._left is None else self.process.returncode)


class Asked:
    """Sends messages one after the other, and returns all answers."""

    def __init__(self, stream: Handles) -> None:
        self._stream, self._receiver, self._numbers = stream, Receiver(), count()
        self._arrived: list[Message] = []
        self._next()  # the Hello that it begins with
        self.ask(HELLO)

    def ask(self, *messages: Message) -> list[Message]:
        answers = []
        for message in messages:
            self._stream.write(encode_frame(encode(message, next(self._numbers))))
            answers.append(self._next())
            if isinstance(last := answers[-1], Slot):
                answers += [self._next() for _ in range(last.files)]
        return answers

    def _next(self) -> Message:
        while not self._arrived:
            received = self._receiver.feed(self._stream.read(20.0))
            self._arrived += [decode(item) for item in received if isinstance(item, Frame)]
        return self._arrived.pop(0)


class Here:
    """Python's agent, asked in the same way."""

    def __init__(self, slots: Path) -> None:
        self._session = Session(Shelf(None, Slots(slots, HOST)), HOST)
        self._numbers = count()
        self.ask(HELLO)

    def ask(self, *messages: Message) -> list[Message]:
        frames = [encode(message, next(self._numbers)) for message in messages]
        return [answer for frame in frames for answer in self._session.answer(frame)]


def over(stream: Stream) -> Callable[[], Stream]:
    """Return what opens a link that is open already."""
    return lambda: stream


def runs(slots: Path) -> str:
    """The identity of what a device runs, checked by Python as before it is switched to."""
    current = pointer.read(slots)
    assert current is not None
    assert current.current is not None
    if current.previous is not None:
        check_bundle(slots / current.previous, HOST, None)
    return check_bundle(slots / current.current, HOST, None).identity


def content(slots: Path) -> dict[str, bytes]:
    """All files, and links to what is the same one, by their path."""
    places = sorted(path for path in slots.rglob("*") if path.is_file())
    return {place.relative_to(slots).as_posix(): place.read_bytes() for place in places}


def on_disks(line: list[str], script: str, disk: Path) -> tuple[Process, Asked, Path]:
    """Start an agent that sees disks of its own, and return also where its slots are seen here."""
    slots = disk / "slots"
    (slots / "a").mkdir(parents=True)
    (slots / "b").mkdir()
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mounted = ["unshare", *who, "--mount", "sh", "-c", f'{script} && exec "$@"', str(disk), *line]
    stream = Process(mounted)
    try:
        agent = Asked(stream)
    except LinkLostError:
        pytest.skip("no disk of its own can be mounted here")
    return stream, agent, Path("/proc", str(stream.process.pid), "root", *slots.parts[1:])
