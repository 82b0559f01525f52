"""What a device has not is sent to it, from where it has it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from edge.contents import PART
from edge.manifest import MANIFEST
from edge.slots import WRITTEN
from edge.wire.messages import File
from firmware_host.flash.conversation import Conversation, Listing
from firmware_host.flash.parcel import Parcel, Piece

_READ_AT_ONCE = 1 << 20


class Delivery:
    """Counts what goes over the link: `files`, and `bytes` of them.

    `furthest` is the most that the device had of a parcel, in bytes, whatever broke since.

    Args:
        at_once: how many chunks of a file may be under way.
        on_progress: is given how many bytes of how many the device has.
        notice: is told in words what is being done.
    """

    def __init__(
        self,
        at_once: int,
        on_progress: Callable[[int, int], None],
        notice: Callable[[str], None],
    ) -> None:
        self._at_once, self._on_progress, self._notice = at_once, on_progress, notice
        self.files = self.bytes = self.furthest = 0

    def deliver(self, agent: Conversation, parcel: Parcel, slots: list[Listing]) -> None:
        """Send what the device has not, from where it has it, and have all of it checked."""
        agent.begin(parcel)
        known = {file.sha256 for slot in slots for file in slot.files.values()}
        parts = slots[WRITTEN].files
        # What is there is named first: to make room, a device deletes what nobody has named.
        order = {
            piece: (
                piece.path != MANIFEST,
                piece.sha256 not in known,
                piece.path + PART not in parts,
            )
            for piece in parcel.pieces
        }
        missing = sum(piece.sha256 not in known for piece in parcel.pieces)
        self._notice(f"sending {missing} of {len(parcel.pieces)} files")
        done = 0
        for piece in sorted(parcel.pieces, key=order.__getitem__):
            agent.put(piece)
            if piece.sha256 not in known:
                self._send_piece(agent, piece, parts.get(piece.path + PART), done, parcel.size)
                known.add(piece.sha256)
            done += piece.size
            self._advance(done, parcel.size)
        self._notice("verifying")
        agent.verify(parcel)

    def _send_piece(
        self, agent: Conversation, piece: Piece, part: File | None, done: int, total: int
    ) -> None:
        first = beginning_of(piece, part)
        had = first

        def on_sent(have: int) -> None:
            nonlocal had
            self.bytes += have - had
            had = have
            self._advance(done + have, total)

        agent.send(piece, first, self._at_once, on_sent)
        self.files += 1

    def _advance(self, done: int, total: int) -> None:
        self.furthest = max(self.furthest, done)
        self._on_progress(done, total)


def beginning_of(piece: Piece, part: File | None) -> int:
    """Return how many bytes of a file need not be sent: those of `part`, if they are its first."""
    if part is None or not 0 < part.size < piece.size:
        return 0
    digest = hashlib.sha256()
    left = part.size
    with piece.place.open("rb") as file:
        while left and (data := file.read(min(left, _READ_AT_ONCE))):
            digest.update(data)
            left -= len(data)
    return part.size if digest.digest() == part.sha256 else 0
