"""Devices that are real but for their silicon: an agent behind sshd, behind a serial port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from firmware_host.links import Link
from firmware_host.links.adb import AdbLink
from firmware_host.links.serial import SerialLink
from firmware_host.links.ssh import SshLink
from tests.arm64 import (
    LIBRARIES,
    arm64,
    arm64_agent,
    arm64_python,
    arm64_qemu,
    arm64_runtime,
)
from tests.daemons import adb, adb_root, needs, ssh
from tests.firmware.conftest import built, runtime
from tests.firmware_host.device import Sensors

__all__ = [
    "adb",
    "adb_root",
    "arm64",
    "arm64_agent",
    "arm64_python",
    "arm64_qemu",
    "arm64_runtime",
    "built",
    "runtime",
    "ssh",
]

FASTER = 20.0
"""The governor's seconds in one of the test's: its dwell is half a second."""
_STARTS = 120.0
"""Seconds that an emulated agent may take to start."""
_BACK = 0.5
"""Seconds until a cable that was pulled is in again."""


class Device(Protocol):
    """A device with sensors that can be set, whose link can be cut.

    `args` start its agent, where a link has a shell; `outlives` tells whether that agent goes on
    when its link is cut. `faster` is how many of the governor's seconds go into one of the test's.
    """

    link: Link
    args: list[str]
    sensors: Sensors
    outlives: bool
    faster: float

    def cut(self) -> None:
        """Break the link, as a cable that is pulled; it can be opened again after a while."""
        ...

    def close(self) -> None:
        """Switch it off."""
        ...


class BehindSsh:
    """An agent that a connection to sshd finds, or starts, and that outlives it."""

    outlives, faster = True, FASTER

    def __init__(self, folder: Path, link: SshLink) -> None:
        self.link: Link = link
        self.sensors = Sensors(folder / "root")
        agent = _agent(folder, self.sensors, module="edge.agent.stay")
        self.args = ["env", f"XDG_RUNTIME_DIR={folder}", *agent, "--idle", "5"]

    def cut(self) -> None:
        """Kill the ssh that holds the connection."""
        _kill_children("ssh")

    def close(self) -> None:
        """Its agent ends when nobody comes."""


class BehindSerial:
    """An agent that runs from the beginning, at the other end of a cable that socat is."""

    outlives, faster = True, FASTER

    def __init__(self, folder: Path, machine: Sequence[str] = (sys.executable,)) -> None:
        self.link: Link = SerialLink(str(folder / "host"))
        self.sensors = Sensors(folder / "root")
        self._ends = [f"pty,raw,echo=0,link={folder / end}" for end in ("host", "device")]
        self._cable = self._plugged()
        for _ in range(100):
            if (folder / "device").exists():
                break
            time.sleep(0.05)
        self.args: list[str] = []
        self._agent = subprocess.Popen(
            [*_agent(folder, self.sensors, machine), "--port", str(folder / "device")],
            stderr=subprocess.DEVNULL,
        )

    def cut(self) -> None:
        """Pull the cable, and put it in again."""
        self._cable.kill()
        self._cable.wait()
        time.sleep(_BACK)
        self._cable = self._plugged()

    def close(self) -> None:
        """End the agent and the cable."""
        for process in (self._agent, self._cable):
            process.kill()
            process.wait()

    def _plugged(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["socat", *self._ends], stderr=subprocess.DEVNULL)


class BehindAdb:
    """The agent in C, which adbd starts, and which ends with its connection."""

    outlives = False

    def __init__(
        self, link: AdbLink, root: Path, agent: Path, runtime: Path, faster: float = FASTER
    ) -> None:
        self.faster = faster
        self.link: Link = link
        self._folder = f"/data/local/tmp/{uuid.uuid4().hex}"
        sensors = f"{self._folder}/root"
        self.sensors = Sensors(root / sensors.lstrip("/"))
        for file in (agent, runtime):
            link.push(file, f"{self._folder}/{file.name}")
        link.run(["chmod", "+x", f"{self._folder}/{agent.name}"])
        self.args = [
            f"{self._folder}/{agent.name}", "--slots", f"{self._folder}/slots", "--root", sensors,
            "--runtime", f"{self._folder}/{runtime.name}",
        ]  # fmt: skip

    def cut(self) -> None:
        """Kill the adb that holds the connection."""
        _kill_children("adb")

    def close(self) -> None:
        """Leave nothing behind."""
        self.link.run(["rm", "-rf", self._folder])


def _kill_children(name: str) -> None:
    """Kill what this process started under that name, and no other."""
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if Path(f"/proc/{child}/comm").read_text().strip() == name:
            os.kill(int(child), signal.SIGKILL)


class Emulated(BehindSerial):
    """An agent on an emulated 64-bit ARM, which is slow to start and to run."""

    faster = 4.0

    def __init__(self, folder: Path, machine: Sequence[str]) -> None:
        super().__init__(folder, machine)
        stream, until = self.link.stream([]), time.monotonic() + _STARTS
        try:
            while not stream.read(1.0):
                assert time.monotonic() < until, "the agent says no Hello"
        finally:
            stream.close()


def _agent(
    folder: Path,
    sensors: Sensors,
    machine: Sequence[str] = (sys.executable,),
    module: str = "edge.agent",
) -> list[str]:
    slots, root = str(folder / "slots"), str(sensors.root)
    return [*machine, "-m", module, "--slots", slots, "--root", root]


def _ssh(folder: Path, request: pytest.FixtureRequest) -> Device:
    return BehindSsh(folder, request.getfixturevalue("ssh"))


def _serial(folder: Path, request: pytest.FixtureRequest) -> Device:
    needs("socat")
    return BehindSerial(folder)


def _adb(folder: Path, request: pytest.FixtureRequest) -> Device:
    root: Path = request.getfixturevalue("adb_root")
    agent = request.getfixturevalue("built")("plain") / "agent" / "eedge-agent"
    runtime: Path = request.getfixturevalue("runtime")
    return BehindAdb(request.getfixturevalue("adb"), root, agent, runtime)


class EmulatedBehindAdb(BehindAdb):
    """The same, of which all that runs is for a 64-bit ARM; there is no Python beside it."""

    def __init__(
        self, link: AdbLink, root: Path, agent: Path, runtime: Path, qemu: Path, machine: Path
    ) -> None:
        super().__init__(link, root, agent, runtime, Emulated.faster)
        for name in ("ld-linux-aarch64.so.1", *LIBRARIES):
            found = next(machine.glob(f"usr/lib/**/{name}")).resolve()
            link.push(found, f"{self._folder}/arm64/lib/{name}")
        link.push(qemu, f"{self._folder}/qemu")
        link.run(["chmod", "-R", "+x", self._folder])
        self.args = [f"{self._folder}/qemu", "-L", f"{self._folder}/arm64", *self.args]


def _adb_arm64(folder: Path, request: pytest.FixtureRequest) -> Device:
    names = ("arm64_agent", "arm64_runtime", "arm64_qemu", "arm64")
    agent, runtime, qemu, installed = map(request.getfixturevalue, names)
    adb, root = map(request.getfixturevalue, ("adb", "adb_root"))
    return EmulatedBehindAdb(adb, root, agent, runtime, qemu, installed / "root")


def _arm64(folder: Path, request: pytest.FixtureRequest) -> Device:
    needs("socat")
    return Emulated(folder, request.getfixturevalue("arm64_python"))


DEVICES: dict[str, Callable[[Path, pytest.FixtureRequest], Device]] = {
    "ssh": _ssh,
    "serial": _serial,
    "adb": _adb,
    "adb-arm64": _adb_arm64,
    "arm64": _arm64,
}


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    """A device behind each kind of link."""
    made = DEVICES[request.param](tmp_path, request)
    yield made
    made.close()
