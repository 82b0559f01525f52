"""Where to go on with a file of which the device has the beginning."""

from __future__ import annotations

import hashlib

from edge.wire.messages import File
from firmware_host.flash.parcel import Piece

_AT_ONCE = 1 << 20


def beginning_of(piece: Piece, part: File | None) -> int:
    """Return how many bytes of a file need not be sent: those of `part`, if they are its first."""
    if part is None or not 0 < part.size < piece.size:
        return 0
    digest = hashlib.sha256()
    left = part.size
    with piece.place.open("rb") as file:
        while left and (data := file.read(min(left, _AT_ONCE))):
            digest.update(data)
            left -= len(data)
    return part.size if digest.digest() == part.sha256 else 0
