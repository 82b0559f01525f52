"""From what a user writes (`local`, `ssh:pi@garden`, `adb:SERIAL`, `serial:URL`) to a link."""

from __future__ import annotations

from collections.abc import Callable

from boards.errors import UsageError, closest
from firmware_host.links.adb import AdbLink
from firmware_host.links.base import Link
from firmware_host.links.local import LocalLink
from firmware_host.links.serial import BAUD, SerialLink
from firmware_host.links.ssh import SshLink

_KINDS: dict[str, Callable[[str], Link]] = {"ssh": SshLink, "adb": AdbLink, "serial": SerialLink}


def open_link(selector: str, baud: int = BAUD) -> Link:
    """Return the link that a selector names; nothing is connected yet. `baud` is of serial ports.

    Raises:
        UsageError: it names none.
    """
    if selector == "local":
        return LocalLink()
    kind, _, rest = selector.partition(":")
    if kind not in _KINDS or not rest:
        raise UsageError(
            f"'{selector}' names no device",
            closest(kind, ["local", *_KINDS]),
            "local, ssh:USER@HOST, adb:SERIAL or serial:PORT",
            "see what is attached: eedge devices",
        )
    return SerialLink(rest, baud) if kind == "serial" else _KINDS[kind](rest)
