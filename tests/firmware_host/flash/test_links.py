"""Flashing over links that are real, break, and spoil what goes over them."""

from __future__ import annotations

import os
import random
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.slots.check import check_bundle
from edge.slots.pointer import read
from firmware_host.flash import Flashed, Flasher, Job, Parcel, flasher_for, work_through
from firmware_host.links import Stream
from firmware_host.links.serial import SerialLink
from firmware_host.links.ssh import SshLink
from tests.daemons import ssh
from tests.firmware_host.flash.agents import HOST, Forked, serve

__all__ = ["ssh"]

Make = Callable[..., Bundle]


def runs(slots: Path) -> str:
    """The identity of what a device runs, checked as it does before it switches."""
    pointer = read(slots)
    assert pointer is not None
    assert pointer.current is not None
    return check_bundle(slots / pointer.current, HOST, None).identity


@pytest.fixture
def port(slots: Path) -> Iterator[str]:
    """A terminal, at the other end of which an agent runs."""
    agent, host = os.openpty()
    tty.setraw(agent)
    pid = os.fork()
    if pid == 0:
        os.close(host)
        serve(slots, agent)
    os.close(agent)
    yield os.ttyname(host)
    os.close(host)
    os.waitpid(pid, 0)


def test_over_a_serial_port_one_chunk_is_under_way_at_a_time(
    port: str, slots: Path, make: Make
) -> None:
    first, second = Parcel.of(make(1).path), Parcel.of(make(2).path)
    flasher = flasher_for(SerialLink(port), [])
    assert flasher.flash(first, trial=False).bytes_sent == first.size
    assert flasher.flash(second, trial=False).outcome == "flashed"
    assert runs(slots) == second.identity.hex()
    assert flasher.roll_back().identity == first.identity.hex()


class Spoiling:
    """A stream that spoils a byte of every so many thousand, in both directions."""

    def __init__(self, stream: Stream, thousand: int) -> None:
        self._stream, self._thousand = stream, thousand
        self._chance = random.Random(5)
        self.spoilt = 0

    def read(self, timeout: float) -> bytes:
        return self._spoil(self._stream.read(timeout))

    def write(self, data: bytes) -> None:
        self._stream.write(self._spoil(data))

    def close(self) -> None:
        self._stream.close()

    def _spoil(self, data: bytes) -> bytes:
        spoilt = bytearray(data)
        for at in range(len(spoilt)):
            if self._chance.randrange(1000 * self._thousand) == 0:
                spoilt[at] ^= 1 << self._chance.randrange(8)
                self.spoilt += 1
        return bytes(spoilt)


@pytest.mark.parametrize("at_once", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_what_is_spoilt_on_the_way_is_sent_again(
    slots: Path, make: Make, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    for name in ("_CHUNK", "_QUICK"):
        monkeypatch.setattr(f"firmware_host.flash.conversation.{name}", 0.1)
    parcel = Parcel.of(make(1, size=10_000).path)
    streams: list[Spoiling] = []

    def connect() -> Stream:
        streams.append(Spoiling(Forked(slots), 14))
        return streams[-1]

    done = Flasher("noisy", connect, at_once).flash(parcel, trial=False)
    assert sum(stream.spoilt for stream in streams) > 2
    assert done.bytes_sent < 1.5 * parcel.size
    assert runs(slots) == parcel.identity.hex()


def test_several_devices_are_flashed_at_once_and_one_that_fails_stops_no_other(
    tmp_path: Path, make: Make
) -> None:
    parcel = Parcel.of(make(1, size=50_000).path)
    # None goes on before all have come as far as this.
    together = threading.Barrier(3, timeout=20)
    boards = ["host", "raspberry-pi-5", "host"]

    def flasher(number: int) -> Flasher:
        def connect() -> Stream:
            together.wait()
            return Forked(tmp_path / str(number), board=boards[number])

        return Flasher(f"device {number}", connect, 4)

    jobs = [Job(flasher(number), lambda one: one.flash(parcel, trial=False)) for number in range(3)]
    first, failed, last = work_through(jobs)
    assert isinstance(first, Flashed)
    assert isinstance(last, Flashed)
    assert isinstance(failed, EedgeError)
    assert "not calibrated for 'raspberry-pi-5'" in failed.what
    for number in (0, 2):
        assert runs(tmp_path / str(number)) == parcel.identity.hex()


def test_who_ends_it_leaves_every_device_as_it_was(tmp_path: Path, make: Make) -> None:
    parcel = Parcel.of(make(1, size=50_000).path)

    def interrupt(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    flashers = [
        Flasher("one", lambda: Forked(tmp_path / "one"), 4, interrupt),
        Flasher("two", lambda: Forked(tmp_path / "two"), 4),
    ]
    jobs = [Job(flasher, lambda one: one.flash(parcel, trial=False)) for flasher in flashers]
    with pytest.raises(KeyboardInterrupt):
        work_through(jobs)
    assert read(tmp_path / "one") is not None
    done = Flasher("one", lambda: Forked(tmp_path / "one"), 4).flash(parcel, trial=False)
    assert done.bytes_sent < parcel.size / 2


@pytest.mark.slow
def test_over_ssh_a_connection_that_dies_is_made_again(
    ssh: SshLink, tmp_path: Path, make: Make
) -> None:
    slots = tmp_path / "s l$(touch x)'o`ts"
    parcel = Parcel.of(make(1, size=200_000).path)
    args = [sys.executable, "-m", "edge.agent", "--slots", str(slots)]
    streams: list[Stream] = []

    def connect() -> Stream:
        streams.append(ssh.stream(args))
        return streams[-1]

    cuts = [parcel.size // 3, 2 * parcel.size // 3]

    def cut(done: int, total: int) -> None:
        if cuts and done > cuts[0]:
            cuts.pop(0)
            streams[-1].close()

    done = Flasher(ssh.name, connect, 16, cut).flash(parcel, trial=False)
    assert (done.reconnected, len(streams)) == (2, 3)
    assert done.bytes_sent < parcel.size + 2 * 16 * 4000
    assert runs(slots) == parcel.identity.hex()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.eedge", slots.name]
    assert flasher_for(ssh, args).flash(parcel).outcome == "unchanged"
