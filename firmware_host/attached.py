"""What is attached to this machine: which board, in what state, and what it needs to be of use."""

from __future__ import annotations

import grp
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from boards.board import Board
from boards.errors import EedgeError
from edge.usb_and_pci import look_around
from firmware_host.links.adb import Listed, adb_devices

_RELOGIN = "then log out and in again"
_ADB_TRIES = {
    "unauthorized": ("unlock it, and allow this computer in the question that it shows",),
    "offline": ("unplug it and plug it in again", "adb reconnect offline"),
    "no permissions": (
        f"sudo usermod -aG plugdev $USER, {_RELOGIN}",
        "install udev rules for phones: android-sdk-platform-tools-common",
    ),
    "recovery": ("start it as usual: adb reboot",),
}


@dataclass(frozen=True)
class Attached:
    """One device.

    `selector` is what other commands call it by; `board` is None where nothing says which it is;
    `usable` whether it can be used as it is, and `tries` what helps if not.
    """

    selector: str
    board: str | None
    title: str
    state: str
    usable: bool
    tries: tuple[str, ...] = ()

    def fields(self) -> dict[str, object]:
        """Return everything for JSON."""
        fields = asdict(self)
        return {**fields, "try": list(fields.pop("tries"))}


class Port(Protocol):
    """A serial port, as pyserial lists it."""

    device: str
    vid: int | None
    pid: int | None
    product: str | None


def attached(
    boards: Sequence[Board],
    root: Path = Path("/"),
    ports: Callable[[], Iterable[Port]] | None = None,
    phones: Callable[[], Sequence[Listed]] | None = None,
) -> list[Attached]:
    """Return what is attached, this machine first.

    Args:
        boards: those that are looked for.
        root: where `sys` and `dev` are; `/` but for tests.
        ports: lists serial ports; pyserial if None.
        phones: lists what adb knows; adb, if it is there, if None.
    """
    return [
        Attached("local", "host", "This machine", "ready", usable=True),
        *_accelerators(boards, root),
        *_serial(boards, ports or _ports),
        *_phones(boards, phones or _adb),
    ]


def _accelerators(boards: Sequence[Board], root: Path) -> Iterator[Attached]:
    """Yield what is on a bus of this machine, and run from here."""
    for board in boards:
        if board.link != "local":
            continue
        for identity in board.usb:
            seen = look_around(root, [identity.id], [])
            yield from (_ready(board, node, identity.state) for node in seen.open)
            yield from (_closed(board, node, "plugdev") for node in seen.closed)
        if board.pci:
            seen = look_around(root, [], [one.id for one in board.pci])
            yield from (_ready(board, node, None) for node in seen.open)
            yield from (_closed(board, node, "apex") for node in seen.closed)
            for address in seen.without_driver:
                yield _broken(board, address, "has no driver", "install its driver: gasket-dkms")


def _ready(board: Board, node: str, state: str | None) -> Attached:
    return Attached("local", board.name, f"{board.title} at {node}", state or "ready", usable=True)


def _closed(board: Board, node: str, group: str) -> Attached:
    return _broken(
        board,
        node,
        "not yours to open",
        f"sudo usermod -aG {group} $USER, {_RELOGIN}",
        f"see what else may be wrong: eedge doctor --board {board.name}",
    )


def _broken(board: Board, place: str, state: str, *tries: str) -> Attached:
    return Attached("local", board.name, f"{board.title} at {place}", state, False, tries)


def _serial(boards: Sequence[Board], ports: Callable[[], Iterable[Port]]) -> Iterator[Attached]:
    for port in sorted(ports(), key=lambda port: port.device):
        known, state = _by_usb(boards, port)
        selector = f"serial:{port.device}"
        title = known.title if known else port.product or "serial port"
        name = known.name if known else None
        if os.access(port.device, os.R_OK | os.W_OK):
            yield Attached(selector, name, title, state or "ready", usable=True)
        else:
            add = f"sudo usermod -aG {_group(port.device)} $USER, {_RELOGIN}"
            yield Attached(selector, name, title, "not yours to open", False, (add,))


def _by_usb(boards: Sequence[Board], port: Port) -> tuple[Board | None, str | None]:
    """Return the board whose USB identity a port has, and the state that this identity means."""
    if port.vid is None or port.pid is None:
        return None, None
    found = f"{port.vid:04x}:{port.pid:04x}"
    for board in boards:
        for identity in board.usb:
            if identity.id == found:
                return board, identity.state
    return None, None


def _group(path: str) -> str:
    try:
        return grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"


def _phones(boards: Sequence[Board], phones: Callable[[], Sequence[Listed]]) -> Iterator[Attached]:
    kinds = [board.name for board in boards if board.link == "adb"]
    for one in phones():
        yield Attached(
            f"adb:{one.serial}",
            kinds[0] if len(kinds) == 1 else None,
            one.model.replace("_", " ") or "Android device",
            "ready" if one.state == "device" else one.state,
            one.state == "device",
            _ADB_TRIES.get(one.state, ()),
        )


def _ports() -> Iterable[Port]:
    from serial.tools.list_ports import comports  # reads all of /sys: not at import

    listed: Iterable[Port] = comports()
    return listed


def _adb() -> Sequence[Listed]:
    if shutil.which("adb") is None:
        return ()
    try:
        return adb_devices()
    except EedgeError as error:
        return (Listed("", f"adb does not answer: {error.what}", ""),)
