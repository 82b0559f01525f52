"""What is sent to a device: a bundle's files, each with its size and hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from edge.bundle import Bundle
from edge.contents import contents
from edge.errors import BundleError
from edge.manifest import FileEntry
from edge.signature import SIGNATURE
from edge.slots.slots import MOST_BYTES, MOST_FILES

_LARGEST = (1 << 32) - 1
"""Bytes of one file, whose size is a u32 in the protocol."""


@dataclass(frozen=True)
class Piece:
    """A file: its path in the bundle, where it lies here, its size in bytes and its SHA-256."""

    path: str
    place: Path
    size: int
    sha256: bytes


@dataclass(frozen=True)
class Parcel:
    """A bundle as it is sent, the manifest first.

    It is taken from `bundle`. `boards` are those that it is calibrated for, `target` is what it was
    converted for, and `sample_rate` what sound it takes.
    """

    name: str
    identity: bytes
    pieces: tuple[Piece, ...]
    boards: tuple[str, ...]
    target: str
    sample_rate: int
    bundle: Bundle

    @classmethod
    def of(cls, path: Path) -> Self:
        """Open a bundle, and take the measure of its files.

        Raises:
            BundleError: it is damaged, or no device could take it.
        """
        bundle = Bundle.open(path)
        pieces = tuple(_piece(bundle, name) for name in contents(bundle))
        size = sum(piece.size for piece in pieces)
        if len(pieces) > MOST_FILES or size > MOST_BYTES:
            raise BundleError(
                f"{path}: {len(pieces)} files of {size:,} bytes are more than a device takes: "
                f"up to {MOST_FILES} of {MOST_BYTES:,}"
            )
        return cls(
            bundle.manifest.name,
            bytes.fromhex(bundle.identity),
            pieces,
            tuple(bundle.calibrations()),
            bundle.manifest.target,
            bundle.manifest.sample_rate,
            bundle,
        )

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(piece.size for piece in self.pieces)

    def noise(self) -> bytes:
        """Return half a second of noise, in samples of 16 bits, to try it with."""
        noise = np.random.default_rng(0).integers(-3000, 3000, self.sample_rate // 2)
        return noise.astype("<i2").tobytes()

    @property
    def signed(self) -> bool:
        """Whether there is a signature; whose it is, the device knows."""
        return any(piece.path == SIGNATURE for piece in self.pieces)


def _piece(bundle: Bundle, path: str) -> Piece:
    place = bundle.path / path
    # What a link leads to is not part of the bundle, and may be anything of this machine's.
    if any(way.is_symlink() for way in (place, *place.parents[: path.count("/")])):
        raise BundleError(f"{place}: is a link; a bundle is flashed from plain files only")
    try:
        entry = bundle.manifest.files.get(path) or FileEntry.of(place)
    except OSError as error:
        raise BundleError(f"{place}: cannot be read: {error.strerror}") from error
    if entry.size > _LARGEST:
        raise BundleError(f"{place}: has {entry.size:,} bytes; {_LARGEST:,} are the most")
    return Piece(path, place, entry.size, bytes.fromhex(entry.sha256))
