"""Where state is read: this machine, or any root that looks like it, or the far end of a link."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

_LONGEST = 4096
_TIMEOUT = 5.0
_LINE = re.compile(r"(/[^:\n]*):(.*)")


class Source(Protocol):
    """A way to a device's state; what is not there or cannot be read is left out."""

    def files(self, patterns: Sequence[str]) -> dict[str, str]:
        """Return the first line of each file that matches, by its path; `*` is any name."""
        ...

    def command(self, args: Sequence[str]) -> str | None:
        """Return what a command prints, or None if there is none such or it fails."""
        ...


class LocalSource:
    """This machine; `root` stands in for `/` where files are read."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def files(self, patterns: Sequence[str]) -> dict[str, str]:
        """Read the files beneath the root."""
        found = {}
        for pattern in patterns:
            for path in sorted(self._root.glob(pattern.lstrip("/"))):
                line = _first_line(path)
                if line is not None:
                    found[f"/{path.relative_to(self._root)}"] = line
        return found

    def command(self, args: Sequence[str]) -> str | None:
        """Run it as a process of its own."""
        try:
            done = subprocess.run(
                args,
                capture_output=True,
                check=False,
                timeout=_TIMEOUT,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return None if done.returncode else done.stdout.decode(errors="replace")


class ShellSource:
    """The far end of a link that has a shell.

    `shell` takes a command line and returns status and output; it raises what its link raises.
    All files are read by one command, for a command over a link takes its time.
    """

    def __init__(self, shell: Callable[[str], tuple[int, str]]) -> None:
        self._shell = shell

    def files(self, patterns: Sequence[str]) -> dict[str, str]:
        """Read them all at once; grep says which line is of which file."""
        names = " ".join(_but_for_stars(pattern) for pattern in patterns)
        # Its status says only that some file was not there.
        _, output = self._shell(f"grep -s -m 1 -H '' {names}")
        matches = (_LINE.fullmatch(line) for line in output.splitlines())
        return {match[1]: match[2].strip()[:_LONGEST] for match in matches if match}

    def command(self, args: Sequence[str]) -> str | None:
        """Run it there."""
        status, output = self._shell(shlex.join(args))
        return None if status else output


def _but_for_stars(pattern: str) -> str:
    return "*".join(shlex.quote(part) if part else "" for part in pattern.split("*"))


def _first_line(path: Path) -> str | None:
    """Return a file's first line; a sensor that is not there any more fails as it is read."""
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST)
    except OSError:
        return None
    return data.decode(errors="replace").partition("\n")[0].strip()
