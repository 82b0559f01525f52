"""Devices that are real but for their silicon: an agent behind sshd, behind a serial port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from firmware_host.links import Link
from firmware_host.links.serial import SerialLink
from firmware_host.links.ssh import SshLink
from tests.daemons import adb, needs, ssh
from tests.firmware_host.device import Sensors

__all__ = ["adb", "ssh"]

_BACK = 0.5
"""Seconds until a cable that was pulled is in again."""


class Device(Protocol):
    """A device with sensors that can be set, whose link can be cut.

    `args` start its agent, where a link has a shell; `outlives` tells whether that agent goes on
    when its link is cut.
    """

    link: Link
    args: list[str]
    sensors: Sensors
    outlives: bool

    def cut(self) -> None:
        """Break the link, as a cable that is pulled; it can be opened again after a while."""
        ...

    def close(self) -> None:
        """Switch it off."""
        ...


class BehindSsh:
    """An agent that sshd starts, and that ends with its connection."""

    outlives = False

    def __init__(self, folder: Path, link: SshLink) -> None:
        self.link: Link = link
        self.sensors = Sensors(folder / "root")
        self.args = _agent(folder, self.sensors)

    def cut(self) -> None:
        """Kill the ssh that holds the connection."""
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for child in children:
            if Path(f"/proc/{child}/comm").read_text().strip() == "ssh":
                os.kill(int(child), signal.SIGKILL)

    def close(self) -> None:
        """Its agent has ended with the last connection."""


class BehindSerial:
    """An agent that runs from the beginning, at the other end of a cable that socat is."""

    outlives = True

    def __init__(self, folder: Path) -> None:
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
            [*_agent(folder, self.sensors), "--port", str(folder / "device")],
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


def _agent(folder: Path, sensors: Sensors) -> list[str]:
    slots, root = str(folder / "slots"), str(sensors.root)
    return [sys.executable, "-m", "edge.agent", "--slots", slots, "--root", root]


def _ssh(folder: Path, request: pytest.FixtureRequest) -> Device:
    return BehindSsh(folder, request.getfixturevalue("ssh"))


def _serial(folder: Path, request: pytest.FixtureRequest) -> Device:
    needs("socat")
    return BehindSerial(folder)


def _adb(folder: Path, request: pytest.FixtureRequest) -> Device:
    pytest.skip("a phone has no Python, and the agent in C does not run a bundle yet")


DEVICES: dict[str, Callable[[Path, pytest.FixtureRequest], Device]] = {
    "ssh": _ssh,
    "serial": _serial,
    "adb": _adb,
}


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    """A device behind each kind of link."""
    made = DEVICES[request.param](tmp_path, request)
    yield made
    made.close()
