"""A library that runs operators in the interpreter's place: found, probed, and told apart why not.

The TFLite runtime reports a missing device, a wrong option and an old library alike, with an empty
reason, and a library that does not match it can end the process. So the library is opened in a
child process first, which asks it for its devices by its own C API, and what the system knows of
the bus tells the rest.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boards.board import Board
from boards.errors import EedgeError, UsageError
from edge.machine import installed_versions
from edge.usb_and_pci import Seen, look_around

TIMEOUT_S = 30.0
"""Longer than loading the firmware of a USB stick takes."""

DEVICE = re.compile(r"(usb|pci)?(:\d+)?")


class DelegateError(EedgeError):
    """An accelerator cannot be used."""


class MissingLibraryError(DelegateError):
    """The accelerator's library is not installed, or is none for this machine."""


class NoDeviceError(DelegateError):
    """There is no such accelerator at this machine."""


class NoRightsError(DelegateError):
    """The accelerator is there, but this user may not open it."""


class MismatchError(DelegateError):
    """The accelerator's library and the interpreter do not work together."""


class HungDeviceError(DelegateError):
    """The accelerator is there, but does not answer."""


@dataclass(frozen=True)
class Delegate:
    """A library and the options it is given; `device` is `usb`, `pci`, `:N`, `usb:N` or `pci:N`."""

    library: str
    options: Mapping[str, str] = field(default_factory=dict)
    usb: tuple[str, ...] = ()
    pci: tuple[str, ...] = ()
    """By which identities its devices are known on the bus."""

    @classmethod
    def of(cls, board: Board, device: str | None = None) -> Delegate:
        """Return a board's delegate, for another device than its file names if wanted.

        Raises:
            UsageError: the board has none, or that is no device's name.
        """
        if board.delegate is None:
            raise UsageError(
                f"board '{board.name}' has no delegate that a Python process could load",
                "boards with one: coral-usb, coral-pcie, coral-dev-board",
            )
        if device is not None and (not device or not DEVICE.fullmatch(device)):
            raise UsageError(
                f"'{device}' names no Edge TPU", "name it usb, pci, :0, usb:0 or pci:1"
            )
        options = {**board.delegate.options, **({"device": device} if device else {})}
        usb, pci = (tuple(one.id for one in ids) for ids in (board.usb, board.pci))
        return cls(board.delegate.library, options, usb, pci)


@dataclass(frozen=True)
class Found:
    """What a probe has found: the library's version, and its devices as `usb PATH`."""

    version: str
    devices: tuple[str, ...]


def probe(delegate: Delegate, root: Path = Path("/"), timeout_s: float = TIMEOUT_S) -> Found:
    """Load a delegate in a process of its own.

    Args:
        delegate: what to load.
        root: where `sys` and `dev` are looked for.
        timeout_s: after which the device is taken to hang.

    Raises:
        DelegateError: one of its kinds, with what helps.
    """
    child = [sys.executable, "-m", "edge.probing", delegate.library]
    try:
        done = subprocess.run(
            [*child, json.dumps(dict(delegate.options))],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired as error:
        raise HungDeviceError(
            f"{delegate.library} did not answer within {timeout_s:g} s",
            "unplug the accelerator and plug it in again, or power the machine off and on",
            "a USB stick wants a port with 900 mA: not a hub without a supply of its own",
        ) from error
    report = _report(done.stdout)
    seen = look_around(root, delegate.usb, delegate.pci)
    if done.returncode < 0:
        raise _crashed(delegate, report, done.returncode)
    if done.returncode:
        raise MismatchError(
            f"{delegate.library}: the probe failed: {(done.stderr.strip() or 'silently')[-200:]}"
        )
    if failure := _failure(delegate, report, seen):
        raise failure
    return Found(report.get("version", ""), tuple(report.get("devices", "").split("\n")))


def _report(text: str) -> dict[str, str]:
    """Read what the child wrote, a line for each step that it survived."""
    report: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and key in ("library", "version", "devices", "loaded", "no library", "refused"):
            report[key] = value.replace("\\n", "\n")
    return report


def _crashed(delegate: Delegate, report: Mapping[str, str], status: int) -> DelegateError:
    name = signal.Signals(-status).name
    version = report.get("version", "of an unknown version")
    runtime = ", ".join(f"{name} {version}" for name, version in _runtimes().items())
    return MismatchError(
        f"{delegate.library} {version} ended the process ({name}) with {runtime or 'no runtime'}",
        "install a libedgetpu that was built for this runtime: "
        "https://github.com/feranick/libedgetpu/releases",
        "or a runtime as old as the library: pip install tflite-runtime==2.5.0.post1 "
        "(Python 3.9 or older)",
    )


def _runtimes() -> dict[str, str]:
    return installed_versions(("ai-edge-litert", "tflite-runtime", "tensorflow"))


def _failure(delegate: Delegate, report: Mapping[str, str], seen: Seen) -> DelegateError | None:
    if "no library" in report:
        return _no_library(delegate, report["no library"])
    if "loaded" in report:
        return None
    devices = [device for device in report.get("devices", "").split("\n") if device]
    wanted = delegate.options.get("device", "")
    kind, _, number = wanted.partition(":")
    usable = [device for device in devices if device.startswith(kind)]
    if len(usable) > int(number or 0):
        reason = report.get("refused", "")
        return MismatchError(
            f"{delegate.library} {report.get('version', '')} refuses {usable[int(number or 0)]}"
            + (f": {reason}" if reason else " and does not say why"),
            "end other processes that use it: it serves one at a time",
            "unplug it and plug it in again",
            f"its options were {dict(delegate.options)}",
        )
    if usable:
        return NoDeviceError(
            f"there is no Edge TPU '{wanted}': {len(usable)} of that kind",
            f"there are: {', '.join(usable)}",
        )
    return _not_listed(kind, seen)


def _no_library(delegate: Delegate, reason: str) -> DelegateError:
    if "undefined symbol" in reason or "version `" in reason:
        return MismatchError(
            f"{delegate.library} does not fit this system: {reason}",
            "install the libedgetpu that was built for it: "
            "https://github.com/feranick/libedgetpu/releases",
        )
    what = f"{delegate.library} is not installed"
    if "cannot open shared object file" not in reason:
        what = f"{delegate.library} cannot be loaded: {reason}"
    return MissingLibraryError(
        what,
        "install libedgetpu1-std: https://coral.ai/docs/accelerator/get-started",
        "where that is too old: https://github.com/feranick/libedgetpu/releases",
    )


def _not_listed(kind: str, seen: Seen) -> DelegateError:
    """Explain by what is on the bus why the library lists no device of a kind."""
    if seen.hung:
        return HungDeviceError(
            f"{seen.hung}: an Edge TPU that reads so cold hangs",
            "power the machine off and on: a restart is not enough",
        )
    if seen.closed:
        return NoRightsError(
            f"{seen.closed[0]}: the Edge TPU is there, but you may not open it",
            "USB: install the udev rules of libedgetpu1-std, join group plugdev "
            "(sudo usermod -aG plugdev $USER), log in again and plug it in again",
            "PCIe: have a udev rule give /dev/apex_0 to group apex, and join it",
        )
    if seen.without_driver and kind != "usb":
        return NoDeviceError(
            f"an Edge TPU is on the PCI bus ({seen.without_driver[0]}), but has no driver",
            "install gasket-dkms, and load it: sudo modprobe apex",
        )
    if seen.open:
        return HungDeviceError(
            f"{seen.open[0]}: the Edge TPU is there, but its library does not list it",
            "end other processes that use it: it serves one at a time",
            "unplug it and plug it in again, or power the machine off and on",
        )
    return NoDeviceError(
        f"there is no Edge TPU{f' on {kind}' if kind else ''} at this machine",
        "a USB stick: lsusb shows 1a6e:089a or 18d1:9302; use its own cable and a USB 3 port",
        "a PCIe card: lspci -nn shows 1ac1:089a",
        "in a container: pass on /dev/bus/usb or /dev/apex_0",
    )
