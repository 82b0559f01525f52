"""`current.json`: which slot is run, and whether the other holds a bundle to go back to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge import sealed
from edge.slots.folder import sync_folder

NAMES: Final = ("a", "b")
_FILE = "current.json"


@dataclass(frozen=True)
class Pointer:
    """The slot that is run, and the one before it; None where there is none."""

    current: str | None = None
    previous: str | None = None

    @property
    def free(self) -> str:
        """The slot that may be written to."""
        return next(name for name in NAMES if name != self.current)


def write(root: Path, pointer: Pointer) -> None:
    """Make it so, in one step that is on the disk when this returns.

    Raises `OSError` where the disk is full or fails: it is then as it was.
    """
    for left in root.glob(f".{_FILE}.*"):  # of a program that was killed in the middle of it
        left.unlink(missing_ok=True)
    sealed.write(root / _FILE, {"current": pointer.current, "previous": pointer.previous})
    sync_folder(root)


def read(root: Path) -> Pointer | None:
    """Return what was written; None if it is damaged."""
    try:
        content = sealed.read(root / _FILE)
    except FileNotFoundError:
        return Pointer()
    except sealed.BrokenSealError:
        return None
    current, previous = content.get("current"), content.get("previous")
    return Pointer(
        current if isinstance(current, str) and current in NAMES else None,
        previous if isinstance(previous, str) and previous in NAMES else None,
    )


def stamp(root: Path) -> tuple[int, int] | None:
    """Return what differs whenever it was written anew."""
    try:
        found = (root / _FILE).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
