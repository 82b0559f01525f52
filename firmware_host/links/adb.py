"""A phone, or whatever else runs adbd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boards.errors import UsageError
from firmware_host.links import process
from firmware_host.links.base import COPY_TIMEOUT
from firmware_host.links.shell import ShellLink, quoted

_LIST_TIMEOUT = 10.0


class AdbLink(ShellLink):
    """A link to the device of that serial number, which is always named: one may be listed twice.

    `adb` is the program, with what has to stand before it.

    Raises:
        UsageError: `serial` would be taken for an option.
    """

    def __init__(self, serial: str, adb: Sequence[str] = ("adb",)) -> None:
        if not serial or serial.startswith("-"):
            raise UsageError(f"{serial!r} is no serial number", "see them: eedge devices")
        self._adb = [*adb, "-s", serial]
        super().__init__(f"adb:{serial}", lambda line: [*self._adb, "shell", "-T", line])

    def push(self, source: Path, target: str, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file to the device, whole or not at all; adb's status alone is not believed."""
        part = f"{target}.part"
        self.shell(f'mkdir -p "$(dirname {quoted(target)})"')
        done = process.run(
            [*self._adb, "push", "--", str(source.absolute()), part], timeout, self.name
        )
        size = source.stat().st_size
        moved = self.shell(
            f'test "$(wc -c < {quoted(part)})" -eq {size} && mv -f {quoted(part)} {quoted(target)}'
        )
        if done.status or moved.status:
            self.shell(f"rm -f {quoted(part)}")
            raise self._failed(
                f"{source} cannot be copied to {target}", done if done.status else moved
            )


@dataclass(frozen=True)
class Listed:
    """A line of `adb devices -l`: `state` is "device" for one that can be used."""

    serial: str
    state: str
    model: str


def adb_devices(adb: Sequence[str] = ("adb",)) -> list[Listed]:
    """Return the devices that adb knows; starts its server, as adb does.

    Raises:
        LinkError: there is no adb, or it does not answer.
    """
    done = process.run([*adb, "devices", "-l"], _LIST_TIMEOUT, "adb")
    return parse_devices(done.text)


def parse_devices(text: str) -> list[Listed]:
    """Return what `adb devices -l` lists, each serial number once."""
    found: dict[str, Listed] = {}
    for line in text.partition("List of devices attached")[2].splitlines():
        serial, _, rest = line.partition(" ")
        if not serial or not rest.strip():
            continue
        # "no permissions (…); see [http://…]" is a state of several words.
        state = "no permissions" if rest.strip().startswith("no permissions") else rest.split()[0]
        pairs = dict(word.split(":", 1) for word in rest.split() if ":" in word)
        found.setdefault(serial, Listed(serial, state, pairs.get("model", "")))
    return list(found.values())
