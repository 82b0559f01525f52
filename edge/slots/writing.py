"""A bundle on its way into a slot, file by file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.bundle import Bundle
from edge.contents import PART, check_path, contents
from edge.errors import SlotError
from edge.manifest import MANIFEST, Manifest
from edge.slots.clearing import clear_way, sweep
from edge.slots.folder import Hashes, digest, files_in, is_own, is_plain, sync_folder

MARGIN: Final = 1 << 16
"""Bytes of a disk that are left free: folders and `current.json` need some."""


@dataclass(frozen=True)
class Announced:
    """What Begin says of a bundle: its identity, how many files it has, and their bytes."""

    identity: bytes
    files: int
    size: int


@dataclass(frozen=True)
class _Named:
    path: str
    size: int
    sha256: bytes


class Writing:
    """Writes the files that are named by `put` into `folder`, and nothing else.

    A file is written beside its place, and put there when it is whole: what another slot shares
    with this one is never written to. Every method may raise `SlotError`; what was written stays,
    and the next `Writing` in the same folder goes on with it.

    Args:
        folder: the slot.
        sources: the folders in which a file may be found already; `folder` is one of them.
        announced: what is to come.
        hashes: of the files in `sources`.
        look: is given the manifest as soon as it is there, and may refuse it.
    """

    def __init__(
        self,
        folder: Path,
        sources: Sequence[Path],
        announced: Announced,
        hashes: Hashes,
        look: Callable[[Manifest], None],
    ) -> None:
        self.folder, self.announced = folder, announced
        self._sources, self._hashes, self._look = sources, hashes, look
        self._named: dict[str, _Named] = {}
        self._last: _Named | None = None
        self._open: int | None = None
        self.verified = False

    def put(self, path: str, size: int, sha256: bytes) -> None:
        """Name a file; if it is on the device already it is put to its place."""
        self.close()
        self.verified, self._last = False, None
        check_path(path)
        named = {**self._named, path: _Named(path, size, sha256)}
        if len(named) > self.announced.files or _size(named) > self.announced.size:
            raise SlotError(f"{path}: more files, or larger ones, than were announced")
        clear_way(self.folder, path, self._named)
        self._named = named
        file = named[path]
        if not self._have(file):
            part = self._part(file)
            if not is_own(part):
                part.unlink(missing_ok=True)
            self._make_room(path, size - (part.lstat().st_size if is_own(part) else 0))
            part.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._open = os.open(part, flags, 0o644)
            if size == 0:
                self._finish(file)
        self._settled(file)
        self._last = file

    def chunk(self, first: int, data: bytes) -> None:
        """Write bytes of the file that was named last, from `first` on."""
        file = self._last
        end = first + len(data)
        if file is None or end > file.size:
            raise SlotError("bytes of no file that was named, or beyond its end")
        if self._open is None:
            return
        have = os.fstat(self._open).st_size
        if first > have:
            raise SlotError(f"{file.path}: bytes from {first} on, but {have} are there")
        self._last = None  # unless all goes well: what was given up is not gone on with
        try:
            os.ftruncate(self._open, first)
            rest = memoryview(data)
            while rest:
                rest = rest[os.pwrite(self._open, rest, end - len(rest)) :]
            if end == file.size:
                self._finish(file)
        except OSError as error:
            self.close()
            self._part(file).unlink(missing_ok=True)
            raise SlotError(
                f"{file.path}: cannot be written: {error.strerror}",
                "make room on the device, or flash a smaller bundle",
            ) from error
        if end == file.size:
            self._settled(file)
        self._last = file

    def verify(self, identity: bytes, check: Callable[[Path], Bundle]) -> None:
        """Check all that was named against what is on the disk, and wait until it is safe there.

        Args:
            identity: that of the bundle.
            check: opens the bundle, whose hashes need not be compared again.
        """
        self.close()
        self.verified = False
        named, said = self._named, self.announced
        if (len(named), _size(named)) != (said.files, said.size):
            raise SlotError(
                f"{len(named)} files of {_size(named)} bytes were sent, "
                f"but {said.files} of {said.size} were announced"
            )
        sweep(self.folder, self._named)
        for file in named.values():
            place = self.folder / file.path
            if not is_plain(place) or digest(place) != file.sha256:
                raise SlotError(
                    f"{file.path}: is not there, or not as it was sent", "send it again"
                )
        bundle = check(self.folder)
        if bytes.fromhex(bundle.identity) != identity or identity != said.identity:
            raise SlotError(
                f"the bundle is {bundle.identity[:12]}…, not the one that was announced"
            )
        if other := named.keys() ^ set(contents(bundle)):
            raise SlotError(f"{min(other)}: is not in the bundle, or was not sent")
        for path, entry in bundle.manifest.files.items():
            if named[path].sha256.hex() != entry.sha256:
                raise SlotError(f"{path}: is not the file that the manifest names")
        for where, _, _ in os.walk(self.folder):
            sync_folder(Path(where))
        sync_folder(self.folder.parent)
        self.verified = True

    def close(self) -> None:
        """Close the file that is being written; what there is of it stays."""
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def _have(self, file: _Named) -> bool:
        """Put a file to its place if any slot has it."""
        target = self.folder / file.path
        if (
            is_plain(target)
            and target.lstat().st_size == file.size
            and self._hashes.of(target) == file.sha256
        ):
            return True
        for folder in self._sources:
            for _, place, size in files_in(folder):
                if size == file.size and self._hashes.of(place) == file.sha256:
                    self._take(place, file)
                    return True
        return False

    def _take(self, source: Path, file: _Named) -> None:
        """Make a file that is there the one at its place, without copying where that can be."""
        target = self.folder / file.path
        # Not the name of an unfinished file: that would be written to, and with it the source.
        beside = target.with_name(f".{target.name[:200]}.link")
        beside.unlink(missing_ok=True)
        try:
            beside.hardlink_to(source)
        except OSError:  # FAT has no links, and some disks allow no more of them
            self._make_room(file.path, file.size)
            beside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, beside, follow_symlinks=False)
        _sync(beside)
        beside.replace(target)

    def _finish(self, file: _Named) -> None:
        assert self._open is not None
        os.fsync(self._open)
        self.close()
        part = self._part(file)
        if digest(part) != file.sha256:
            part.unlink()
            raise SlotError(f"{file.path}: what came is not what was announced", "send it again")
        part.replace(self.folder / file.path)

    def _settled(self, file: _Named) -> None:
        """Look at the manifest before the rest is sent."""
        if file.path == MANIFEST and self._open is None:
            self._look(Manifest.read(self.folder))

    def _part(self, file: _Named) -> Path:
        return self.folder / f"{file.path}{PART}"

    def _make_room(self, path: str, size: int) -> None:
        """Refuse what does not fit, even without what the slot held before."""
        if size > free_bytes(self.folder):
            sweep(self.folder, [*self._named, f"{path}{PART}"])
        free = free_bytes(self.folder)
        if size > free:
            raise SlotError(
                f"{path}: needs {size:,} bytes, but {free:,} are free",
                "make room on the device, or flash a smaller bundle",
            )


def free_bytes(folder: Path) -> int:
    """Return how many bytes of files can still be written."""
    found = os.statvfs(folder)
    return max(0, found.f_bavail * found.f_frsize - MARGIN)


def _size(named: dict[str, _Named]) -> int:
    return sum(file.size for file in named.values())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
