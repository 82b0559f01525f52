"""The files of a slot, and what they are by our own count."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import SlotError

_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Kept:
    """A file of a slot: its path within it, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: bytes


@dataclass
class Hashes:
    """SHA-256 of files, kept for as long as a file's inode, size and time are the same."""

    _known: dict[tuple[int, int, int, int], bytes] = field(default_factory=dict)

    def of(self, path: Path) -> bytes | None:
        """Return a file's hash, from memory if it was not written since; None if it cannot be read.

        A bad spot of a disk must not keep anybody from writing the file anew.
        """
        try:
            found = path.lstat()
            key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            if key not in self._known:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = digest(path)
        except OSError:
            return None
        return self._known[key]


def digest(path: Path) -> bytes:
    """Read a file, and return its SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def files_in(folder: Path) -> Iterator[tuple[str, Path, int]]:
    """Yield path, place and size of each plain file in a folder; nothing behind a link."""
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            place = Path(where, name)
            with contextlib.suppress(FileNotFoundError):
                found = place.lstat()
                if stat.S_ISREG(found.st_mode):
                    yield place.relative_to(folder).as_posix(), place, found.st_size


def is_plain(path: Path) -> bool:
    """Whether a file is there, and no link or folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_own(path: Path) -> bool:
    """Whether a file is there that may be written to: no other slot has the same one."""
    return is_plain(path) and path.lstat().st_nlink == 1


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Hold:
    """Keeps others from writing to a folder (`shared`), or from using it at all.

    It ends with the program, however that ends.

    Raises:
        SlotError: another program uses it already.
    """

    def __init__(self, folder: Path, shared: bool) -> None:
        self.folder = folder
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            raise SlotError(
                f"{folder}: another program writes there, or runs what is there",
                "stop the agent that runs the bundle before the current one",
                "wait until the other flashing is done",
            ) from error

    @property
    def held(self) -> bool:
        """Whether it was not given up yet."""
        return self._handle >= 0

    def release(self) -> None:
        """Give it up; more than once is no harm."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
