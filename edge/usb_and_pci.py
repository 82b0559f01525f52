"""What the system knows of accelerators on its buses, whatever their library says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_COLDEST = -40_000
"""m°C: a chip that hangs reads as something like −87,900."""


@dataclass(frozen=True)
class Seen:
    """Devices that are there: by their node if they can be opened or not, or by their bus address.

    `hung` is the reading of one that hangs.
    """

    open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    without_driver: tuple[str, ...] = ()
    hung: str = ""


def look_around(root: Path, usb: Sequence[str], pci: Sequence[str]) -> Seen:
    """Look for devices by their vendor:product.

    Args:
        root: where `sys` and `dev` are; `/` but for tests.
        usb: identities on USB.
        pci: identities on PCI; those have the `apex` driver.
    """
    apex = sorted((root / "dev").glob("apex_*")) if pci else []
    nodes = [*_usb_nodes(root, usb), *apex]
    on_pci = [] if apex else _pci_addresses(root, pci)
    may_open = [os.access(node, os.R_OK | os.W_OK) for node in nodes]
    shown = ["/" + str(node.relative_to(root)) for node in nodes]
    return Seen(
        open=tuple(name for name, may in zip(shown, may_open, strict=True) if may),
        closed=tuple(name for name, may in zip(shown, may_open, strict=True) if not may),
        without_driver=tuple(on_pci),
        hung=_hung(root),
    )


def _usb_nodes(root: Path, identities: Iterable[str]) -> list[Path]:
    nodes = []
    for device in sorted((root / "sys/bus/usb/devices").glob("*")):
        if f"{_read(device / 'idVendor')}:{_read(device / 'idProduct')}" in identities:
            bus, number = _read(device / "busnum"), _read(device / "devnum")
            if bus.isdigit() and number.isdigit():
                nodes.append(root / f"dev/bus/usb/{int(bus):03d}/{int(number):03d}")
    return nodes


def _pci_addresses(root: Path, identities: Iterable[str]) -> list[str]:
    found = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor, product = (_read(device / name)[2:] for name in ("vendor", "device"))
        if f"{vendor}:{product}" in identities:
            found.append(device.name)
    return found


def _hung(root: Path) -> str:
    for path in sorted((root / "sys/class/apex").glob("apex_*/temp")):
        text = _read(path)
        if text.lstrip("-").isdigit() and int(text) < _COLDEST:
            return f"/{path.relative_to(root)} reads {int(text) / 1000:g} °C"
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
