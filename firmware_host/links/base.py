"""What every link can do; all times are in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

COMMAND_TIMEOUT = 20.0
COPY_TIMEOUT = 600.0


@dataclass(frozen=True)
class Done:
    """A command that ran on the device to its end."""

    status: int
    stdout: bytes
    stderr: bytes = b""

    @property
    def text(self) -> str:
        """What it printed."""
        return self.stdout.decode(errors="replace")


class Stream(Protocol):
    """Bytes in both directions."""

    def read(self, timeout: float) -> bytes:
        """Return what has come, or b"" if nothing has within `timeout`.

        Raises:
            LinkLostError: nothing will come any more.
        """
        ...

    def write(self, data: bytes) -> None:
        """Send.

        Raises:
            LinkLostError: nobody is there to take it.
            LinkTimeoutError: it is not taken.
        """
        ...

    def close(self) -> None:
        """End it, and what runs at its other end."""
        ...


class Link(Protocol):
    """A way to one device.

    A path on the device may begin with `~/`, its user's folder. Every method raises `LinkLostError`
    if the link breaks and `LinkTimeoutError` if the device does not answer in time; `LinkError` is
    the parent of both.
    """

    name: str

    def run(self, args: Sequence[str], timeout: float = COMMAND_TIMEOUT) -> Done:
        """Run a command to its end; its arguments reach it as they are."""
        ...

    def push(self, source: Path, target: str, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file to the device: `target` is replaced when all of it is there, or not at all.

        Raises:
            LinkError: it cannot be written, or came out with another size.
        """
        ...

    def pull(self, source: str, target: Path, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file from the device, whole or not at all.

        Raises:
            LinkError: it is not there or cannot be read.
        """
        ...

    def stream(self, args: Sequence[str]) -> Stream:
        """Start a command, and return its standard input and output."""
        ...

    def close(self) -> None:
        """Give the link up."""
        ...
