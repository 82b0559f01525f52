"""What there is to know of a board at this machine, for whoever has to find out why it fails.

Holds neither the machine's name nor the user's, nor a path of theirs: it is made to be sent.
"""

from __future__ import annotations

import grp
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue

from boards.board import Board
from boards.errors import EedgeError
from edge.delegate import Delegate, probe
from edge.machine import cpu_model, installed_versions
from edge.usb_and_pci import look_around

_PACKAGES = ("eedge", "ai-edge-litert", "tflite-runtime", "tensorflow", "numpy", "pycoral")
_RULES = ("etc/udev/rules.d", "lib/udev/rules.d", "usr/lib/udev/rules.d")
_GROUPS = ("plugdev", "apex")
_MODULES = ("apex", "gasket")
_APEX = ("temp", "trip_point0_temp", "trip_point1_temp", "trip_point2_temp", "driver_version")
"""Files of /sys/class/apex/apex_N that are looked at."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, in one line, and what helps."""

    name: str
    good: bool
    what: str
    tries: tuple[str, ...] = ()

    def fields(self) -> dict[str, JsonValue]:
        """Return everything for JSON."""
        return {**asdict(self), "tries": list(self.tries)}


def machine() -> dict[str, JsonValue]:
    """Return what figures of this machine are measured on and with."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {**installed_versions(_PACKAGES)},
    }


def system(board: Board, root: Path = Path("/")) -> dict[str, JsonValue]:
    """Return what the system says of a board: its buses, its driver, and this user's rights."""
    usb, pci = ([one.id for one in ids] for ids in (board.usb, board.pci))
    seen = look_around(root, usb, pci)
    return {
        "open": list(seen.open),
        "closed": list(seen.closed),
        "without_driver": list(seen.without_driver),
        "hung": seen.hung,
        "udev_rules": [*_rules(root, [*usb, *pci])],
        "groups": {name: _is_member(name) for name in _GROUPS},
        "modules": {name: (root / "sys/module" / name).is_dir() for name in _MODULES},
        "apex": {path.name: _values(path) for path in (root / "sys/class/apex").glob("apex_*")},
        "usb_speed_mbps": _usb_speeds(root, usb),
    }


def accelerator(board: Board, device: str | None, root: Path = Path("/")) -> Finding:
    """Probe a board's accelerator."""
    if board.delegate is None:
        return Finding("accelerator", True, f"{board.title} has none that is loaded here")
    try:
        found = probe(Delegate.of(board, device), root)
    except EedgeError as error:
        return Finding("accelerator", False, f"{error.kind}: {error.what}", error.tries)
    listed = ", ".join(found.devices)
    return Finding("accelerator", True, f"{board.delegate.library} {found.version}: {listed}")


def _rules(root: Path, identities: list[str]) -> Iterator[str]:
    """Yield the names of the udev rules that speak of one of the vendors."""
    vendors = {identity.partition(":")[0] for identity in identities}
    pattern = re.compile("|".join(map(re.escape, vendors)) or "(?!)")
    for folder in _RULES:
        for path in sorted((root / folder).glob("*.rules")):
            try:
                content = path.read_text(errors="replace")
            except OSError:
                continue
            if pattern.search(content):
                yield f"/{folder}/{path.name}"


def _is_member(group: str) -> bool | None:
    """Tell whether this user is in a group; None if there is no such group."""
    try:
        return grp.getgrnam(group).gr_gid in os.getgroups()
    except KeyError:
        return None


def _values(folder: Path) -> dict[str, JsonValue]:
    return {name: text for name in _APEX if (text := _read(folder / name)) is not None}


def _usb_speeds(root: Path, identities: list[str]) -> dict[str, JsonValue]:
    """Return by identity at how many Mbit/s a device is connected: 480 is USB 2, 5000 USB 3."""
    speeds: dict[str, JsonValue] = {}
    for device in sorted((root / "sys/bus/usb/devices").glob("*")):
        identity = f"{_read(device / 'idVendor')}:{_read(device / 'idProduct')}"
        if identity in identities:
            speeds[identity] = _read(device / "speed")
    return speeds


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None
