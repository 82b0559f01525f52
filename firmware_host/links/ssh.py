"""A device behind ssh: plain `ssh` and `rsync`, with the user's own configuration and agent."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from boards.errors import UsageError
from firmware_host.links import process
from firmware_host.links.base import COPY_TIMEOUT
from firmware_host.links.shell import ShellLink

_OPTIONS = (
    "-oBatchMode=yes",  # nobody is asked for a password in the middle of flashing
    "-oConnectTimeout=10",
    "-oServerAliveInterval=5",
    "-oServerAliveCountMax=3",
)
_NO_SUCH_PROGRAM = 127


class SshLink(ShellLink):
    """A link to `host`, which is whatever ssh takes for one; `options` are ssh's own.

    Raises:
        UsageError: `host` would be taken for an option.
    """

    def __init__(self, host: str, options: Sequence[str] = ()) -> None:
        if not host or host.startswith("-"):
            raise UsageError(f"{host!r} is no host", "a host as ssh takes it: user@name")
        self._host = host
        self._ssh = ["ssh", *_OPTIONS, *options]
        self._rsyncs: bool | None = None
        super().__init__(f"ssh:{host}", self._in_a_posix_shell)

    def _in_a_posix_shell(self, line: str) -> list[str]:
        """Call ssh; the user's own shell at the other end may be any."""
        return [*self._ssh, "--", self._host, f"exec sh -c {shlex.quote(line)}"]

    def push(self, source: Path, target: str, timeout: float = COPY_TIMEOUT) -> None:
        """Copy a file to the device; by rsync, if both ends have it, which sends what differs."""
        if not self._both_have_rsync():
            super().push(source, target, timeout)
            return
        folder = target.rpartition("/")[0]
        if folder:
            self.run(["mkdir", "-p", _below_home(folder)])
        args = [
            "rsync",
            "--protect-args",
            "--times",
            "--partial-dir=.eedge-partial",  # not under the name of the file that it replaces
            f"--rsh={shlex.join(self._ssh)}",
            "--",
            str(source.absolute()),
            f"{self._host}:{_below_home(target)}",
        ]
        done = process.run(args, timeout, self.name)
        if done.status:
            raise self._failed(f"{source} cannot be copied to {target}", done)

    def _both_have_rsync(self) -> bool:
        if self._rsyncs is None:
            here = shutil.which("rsync") is not None
            self._rsyncs = here and self.run(["rsync", "--version"]).status != _NO_SUCH_PROGRAM
        return self._rsyncs


def _below_home(path: str) -> str:
    """ssh and rsync begin in the user's folder, where no shell opens `~/` once it is quoted."""
    return f"./{path.removeprefix('~/')}" if not path.startswith("/") else path
