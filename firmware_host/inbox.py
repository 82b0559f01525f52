"""A folder into which sound files are put, one after the other."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from boards.errors import UsageError

_LOOK = 0.2
"""Seconds between two looks into the folder."""
_SETTLED = 0.5
"""Seconds for which a file must not have grown: it may still be being written."""
_PART = (".part", ".tmp", ".crdownload")
"""How names end of what is not whole yet."""


class Inbox:
    """The files of a folder, oldest first, each once; those that are there already come first.

    Raises:
        UsageError: it is no folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageError(f"{folder}: is no folder", "make it first: mkdir")
        self._folder = folder
        self._done: set[str] = set()
        self._sizes: dict[str, tuple[int, float]] = {}
        self._ready: deque[Path] = deque()
        self._looked = 0.0

    @property
    def waiting(self) -> int:
        """How many files are whole and not taken yet."""
        return len(self._ready)

    def take(self) -> Path | None:
        """Return the next file, or None if there is none at the moment."""
        now = time.monotonic()
        if now - self._looked >= _LOOK:
            self._look(now)
        return self._ready.popleft() if self._ready else None

    def _look(self, now: float) -> None:
        self._looked = now
        found = dict(self._files())
        self._done &= {path.name for path in found}  # what is gone may come again
        for path in sorted(found.keys(), key=_age):
            if path.name in self._done:
                continue
            size = found[path]
            before, since = self._sizes.get(path.name, (-1, now))
            if before != size:
                self._sizes[path.name] = (size, now)
            elif now - since >= _SETTLED:
                self._sizes.pop(path.name)
                self._done.add(path.name)
                self._ready.append(path)

    def _files(self) -> Iterator[tuple[Path, int]]:
        for path in self._folder.iterdir():
            if path.name.startswith(".") or path.name.endswith(_PART):
                continue
            try:
                if path.is_file():
                    yield path, path.stat().st_size
            except OSError:
                continue  # taken away in between


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name
