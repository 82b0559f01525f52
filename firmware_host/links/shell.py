"""What links to a shell have in common: quoting, an end marker, and copies that are whole."""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from firmware_host.errors import LinkError, LinkLostError
from firmware_host.links import process
from firmware_host.links.base import COMMAND_TIMEOUT, COPY_TIMEOUT, Done
from firmware_host.links.streams import ProcessStream

_STATUS = re.compile(rb" (\d{1,3})\s*")


class Remote(Protocol):
    """How a program of this machine is called that runs a line in the device's shell."""

    def __call__(self, line: str) -> list[str]:
        """Return the program and its arguments."""
        ...


class ShellLink:
    """A link whose far end has a POSIX shell.

    A status says too little: adb ends with 0 and no output when the device goes away, and ssh's 255
    may be the command's own. So every command is asked for a marker at its end, with its status.
    """

    def __init__(self, name: str, remote: Remote) -> None:
        self.name = name
        self._remote = remote

    def run(self, args: Sequence[str], timeout: float = COMMAND_TIMEOUT) -> Done:
        """Run a command to its end; its arguments reach it as they are."""
        return self.shell(shlex.join(args), timeout)

    def shell(self, line: str, timeout: float = COMMAND_TIMEOUT, given: bytes = b"") -> Done:
        """Run a line of shell to its end, with `given` on its standard input."""
        marker = secrets.token_hex(8)
        marked = f"( {line}\n); s=$?; echo; echo {marker} $s"
        done = process.run(self._remote(marked), timeout, self.name, given)
        before, found, after = done.stdout.rpartition(f"\n{marker}".encode())
        status = _STATUS.fullmatch(after)
        if not found or status is None:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise LinkLostError(
                f"{self.name}: the link broke: {said[-1] if said else 'nothing was said'}",
                "check that the device is on and reachable: eedge devices",
            )
        return Done(int(status[1]), before, done.stderr)

    def push(self, source: Path, target: str, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file to the device, whole or not at all.

        A link that breaks looks like the end of the file to who reads it: so its size is compared
        before it replaces what was there.
        """
        content = source.read_bytes()
        path = quoted(target)
        part = quoted(f"{target}.part")
        line = (
            f'mkdir -p "$(dirname {path})" && cat > {part} && '
            f'test "$(wc -c < {part})" -eq {len(content)} && mv -f {part} {path}'
        )
        done = self.shell(line, timeout, content)
        if done.status:
            self.shell(f"rm -f {part}")
            raise self._failed(f"{source} cannot be copied to {target}", done)

    def pull(self, source: str, target: Path, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file from the device, whole or not at all."""
        done = self.shell(f"cat {quoted(source)}", timeout)
        if done.status:
            raise self._failed(f"{source} cannot be read", done)
        partial = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            partial.write_bytes(done.stdout)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def stream(self, args: Sequence[str]) -> ProcessStream:
        """Start a command, and return its standard input and output."""
        return ProcessStream(self._remote(f"exec {shlex.join(args)}"), self.name)

    def close(self) -> None:
        """Nothing is held open."""

    def _failed(self, what: str, done: Done) -> LinkError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return LinkError(f"{self.name}: {what}{': ' + said[-1] if said else ''}")


def quoted(path: str) -> str:
    """Return a path as the shell must see it; `~/` at its beginning is the user's folder there."""
    if path.startswith("~/"):
        return f'"$HOME"/{shlex.quote(path[2:])}'
    # What begins with a dash would be an option.
    return shlex.quote(f"./{path}" if path.startswith("-") else path)
