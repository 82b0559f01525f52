"""Two slots and which of them is run: what a device keeps of bundles."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from boards.board import Board
from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.errors import BundleError, SlotError
from edge.manifest import Manifest
from edge.signature import PublicKey
from edge.slots import pointer
from edge.slots.check import check_bundle, check_target
from edge.slots.folder import Hashes, Hold, Kept, files_in
from edge.slots.pointer import Pointer
from edge.slots.writing import Announced, Writing, free_bytes

CURRENT: Final = 0
PREVIOUS: Final = 1
WRITTEN: Final = 2

MOST_FILES: Final = 1000
MOST_BYTES: Final = 1 << 32


class Slots:
    """The slots in a folder, which is made if need be.

    Whatever is interrupted, at any point: the current slot is the one it was, or the new one, and
    each is whole.

    Args:
        root: the folder.
        board: what the device is; a bundle must be calibrated for it.
        key: whom the device trusts; None for everyone.
    """

    def __init__(self, root: Path, board: Board, key: PublicKey | None = None) -> None:
        self._root, self._board, self._key = root, board, key
        for name in pointer.NAMES:
            (root / name).mkdir(parents=True, exist_ok=True)
        self._hashes = Hashes()
        self._hold: Hold | None = None
        self._slot: str | None = None
        self._writing: Writing | None = None

    @property
    def writing(self) -> Writing:
        """What is being written; raises `SlotError` if nothing is."""
        if self._writing is None:
            raise SlotError("nothing is being written", "send Begin first")
        return self._writing

    @property
    def current(self) -> Path | None:
        """Where the bundle lies that is run."""
        return self._place(self._read().current)

    def hold(self) -> Hold | None:
        """Keep the current slot from being written to, for as long as it is run."""
        while (place := self.current) is not None:
            held = Hold(place, shared=True)
            if place == self.current:
                return held
            held.release()  # somebody has switched in between
        return None

    @property
    def stamp(self) -> tuple[int, int] | None:
        """What differs whenever anybody has begun to write, switched or gone back since."""
        return pointer.stamp(self._root)

    def listing(self, slot: int) -> tuple[bytes | None, list[Kept]]:
        """Return the identity and the files of the current slot, the previous or the written one.

        The identity is None where there is no manifest that holds.
        """
        now = self._read()
        names = {CURRENT: now.current, PREVIOUS: now.previous}
        if slot not in (*names, WRITTEN):
            raise SlotError(f"there is no slot {slot}")
        place = self._place(names.get(slot, now.free if now.previous is None else None))
        if place is None:
            return None, []
        identity: bytes | None = None
        with contextlib.suppress(BundleError):
            identity = bytes.fromhex(Manifest.read(place).identity)
        hashed = ((path, size, self._hashes.of(file)) for path, file, size in files_in(place))
        files = [
            Kept(path, size, sha256)
            for path, size, sha256 in hashed
            if sha256 is not None and not path.rpartition("/")[2].startswith(".")
        ]
        return identity, files[:MOST_FILES]

    @property
    def free_bytes(self) -> int:
        """How many bytes can be written."""
        return free_bytes(self._root)

    def begin(self, identity: bytes, files: int, size: int) -> None:
        """Begin to write a bundle, or go on with it."""
        if not 0 < files <= MOST_FILES or size > MOST_BYTES:
            raise SlotError(
                f"a bundle of {files} files and {size:,} bytes is not taken: "
                f"up to {MOST_FILES} files and {MOST_BYTES:,} bytes"
            )
        now = self._read()
        if self._slot != now.free:
            self.release()
        if self._hold is None:
            self._hold = Hold(self._root / now.free, shared=False)
            self._slot = now.free
        elif self._writing is not None:
            self._writing.close()
        now = self._read()
        if now.free != self._slot:
            self.release()
            raise SlotError("another program has switched in the meantime", "flash again")
        # Before anything there is touched: nobody goes back to what is half overwritten.
        pointer.write(self._root, Pointer(now.current, None))
        self._writing = Writing(
            self._root / now.free,
            [self._root / name for name in (now.free, now.current) if name is not None],
            Announced(identity, files, size),
            self._hashes,
            lambda manifest: check_target(manifest, self._board),
        )

    def verify(self, identity: bytes) -> None:
        """Check what was written, as far as it can be checked without running it."""
        self.writing.verify(identity, lambda place: self._check(place, verify=False))

    def switch(self, identity: bytes) -> None:
        """Make what was verified the current bundle."""
        writing = self.writing
        if not writing.verified or writing.announced.identity != identity:
            raise SlotError("a bundle that was not verified is not switched to", "verify it first")
        now = self._read()
        pointer.write(self._root, Pointer(self._slot, now.current))
        self.release()

    def rollback(self) -> None:
        """Make the bundle before the current one the current one again, if it is still whole."""
        self.release()
        now = self._read()
        place = self._place(now.previous)
        if place is None:
            raise SlotError(
                "there is no bundle before the current one",
                "flash the one that you want: eedge flash BUNDLE",
            )
        held = Hold(place, shared=True)
        try:
            self._check(place)
            if self._read() != now:
                raise SlotError("another program has switched in the meantime", "try it again")
            pointer.write(self._root, Pointer(now.previous, now.current))
        finally:
            held.release()

    def release(self) -> None:
        """Let others write; what was written stays."""
        if self._writing is not None:
            self._writing.close()
        if self._hold is not None:
            self._hold.release()
        self._writing = self._hold = self._slot = None

    def _check(self, place: Path, verify: bool = True) -> Bundle:
        return check_bundle(place, self._board, self._key, verify)

    def _place(self, name: str | None) -> Path | None:
        return None if name is None else self._root / name

    def _read(self) -> Pointer:
        """Return which slot is run; if that was damaged, one that holds a whole bundle."""
        now = pointer.read(self._root)
        if now is not None:
            return now
        for name in pointer.NAMES:
            try:
                self._check(self._root / name)
            except EedgeError:
                continue
            return Pointer(name)
        return Pointer()
