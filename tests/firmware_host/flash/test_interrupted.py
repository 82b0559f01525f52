"""Whatever happens in the middle of flashing: the device has one whole bundle, old or new.

The agent is a process that is really killed, the link a socket that is really closed, the disk one
that is really full. A loss of power is none of these: what was not written to the disk yet is not
lost by them.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.slots.check import check_bundle
from edge.slots.pointer import read
from firmware_host.errors import LinkError
from firmware_host.flash import Flasher, Parcel
from firmware_host.links import Stream
from tests.firmware_host.flash.agents import HOST, Forked, Handles

SIZE = 20_000
THINGS, BYTES = 300, 150_000
"""More than flashing does with files, and than goes over the link for it."""


@dataclass
class Device:
    """A device whose flashing is disturbed, and what of it is true after each time."""

    slots: Path
    parcels: list[Parcel]
    after: dict[str, int]

    def flash(
        self,
        connect: Callable[[], Stream],
        at_once: int = 4,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> EedgeError | None:
        """Flash what is not there, once: a link that breaks is not opened again."""
        before = self.current()
        target = next(one for one in self.parcels[1:] if one.identity.hex() != before)
        flasher = Flasher("device", connect, at_once, on_progress, tries=0)
        failure = None
        try:
            flasher.flash(target, trial=False)
        except EedgeError as error:
            failure = error
        found = self.current()
        assert found in (before, target.identity.hex())
        self.after["old" if found == before else "new"] += 1
        return failure

    def current(self) -> str:
        """The identity of what is run, checked as a device does before it switches to it."""
        pointer = read(self.slots)
        assert pointer is not None
        assert pointer.current is not None
        if pointer.previous is not None:
            check_bundle(self.slots / pointer.previous, HOST, None)
        return check_bundle(self.slots / pointer.current, HOST, None).identity

    def ends_well(self) -> None:
        """In the end, undisturbed, a bundle is flashed and can be gone back from."""
        for target in (self.parcels[0], self.parcels[1], self.parcels[2]):
            flasher = Flasher("device", lambda: Forked(self.slots))
            assert flasher.flash(target, trial=False).identity == target.identity.hex()
            assert self.current() == target.identity.hex()
        flasher.roll_back()
        assert self.current() == self.parcels[1].identity.hex()


@pytest.fixture
def device(slots: Path, make: Callable[..., Bundle]) -> Device:
    """One that runs the first of three bundles, which share four of their files."""
    parcels = [Parcel.of(make(seed, size=SIZE).path) for seed in (1, 2, 3)]
    Flasher("device", lambda: Forked(slots)).flash(parcels[0], trial=False)
    return Device(slots, parcels, {"old": 0, "new": 0})


few_and_many = pytest.mark.parametrize("moments", [4, pytest.param(34, marks=pytest.mark.slow)])


@few_and_many
def test_killed_at_any_moment_it_has_a_whole_bundle(device: Device, moments: int) -> None:
    chance = random.Random(moments)
    for _ in range(moments):
        kill_at = chance.randrange(THINGS)
        device.flash(partial(Forked, device.slots, kill_at=kill_at))
    device.ends_well()
    assert min(device.after.values()) > 0


@few_and_many
def test_cut_off_at_any_moment_it_has_a_whole_bundle(device: Device, moments: int) -> None:
    chance = random.Random(moments)
    for _ in range(moments):
        cut_at = chance.randrange(BYTES)
        device.flash(partial(Forked, device.slots, cut_at=cut_at))
    device.ends_well()
    assert min(device.after.values()) > 0


@pytest.fixture
def small_disk(
    tmp_path: Path, make: Callable[..., Bundle]
) -> Iterator[tuple[Device, Stream, Path]]:
    """A device with a disk of its own, of 1 MiB, which nobody else sees."""
    disk = tmp_path / "disk"
    disk.mkdir()
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    agent = [sys.executable, "-m", "edge.agent", "--slots", str(disk / "slots")]
    process = subprocess.Popen(
        ["unshare", *who, "--mount", "sh", "-c", script, disk, *agent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stream = Handles(process.stdin.fileno(), process.stdout.fileno())
    try:
        seen = Path("/proc", str(process.pid), "root", *disk.parts[1:])
        parcels = [Parcel.of(make(seed, size=SIZE).path) for seed in (1, 2, 3)]
        try:
            Flasher("device", lambda: stream).flash(parcels[0], trial=False)
        except LinkError:
            pytest.skip("no disk of its own can be mounted here")
        yield Device(seen / "slots", parcels, {"old": 0, "new": 0}), stream, seen
    finally:
        process.kill()
        process.communicate()


@few_and_many
def test_with_a_disk_full_at_any_moment_it_has_a_whole_bundle(
    small_disk: tuple[Device, Stream, Path], moments: int
) -> None:
    device, stream, disk = small_disk
    chance = random.Random(moments)
    refused = 0
    for _ in range(moments):
        full_at = chance.randrange(device.parcels[0].size)

        def fill(done: int, total: int, full_at: int = full_at) -> None:
            if done >= full_at:
                _fill(disk / "ballast")

        error = device.flash(lambda: stream, at_once=1, on_progress=fill)
        refused += error is not None
        (disk / "ballast").unlink(missing_ok=True)
    assert refused > moments / 2
    for target in device.parcels:
        Flasher("device", lambda: stream).flash(target, trial=False)
        assert device.current() == target.identity.hex()


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
