"""The messages by which a device is flashed, as calls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.wire import Message
from edge.wire.messages import (
    NO_HASH,
    Ack,
    Begin,
    File,
    ListFiles,
    Put,
    PutChunk,
    Rollback,
    Slot,
    Switch,
    Verify,
)
from firmware_host.agent import Agent
from firmware_host.errors import FlashError, LinkTimeoutError
from firmware_host.flash.parcel import Parcel, Piece

_QUICK = 10.0
_READING = 120.0
"""Seconds that a device is given to read all of its files, or to have them safe on its disk."""
_CHUNK = 5.0
"""Seconds after which a piece of a file is sent again."""
_LOST = 20.0
"""Seconds after which the link counts as broken."""


@dataclass(frozen=True)
class Listing:
    """What a slot of the device holds, by path; the identity is None where there is no bundle."""

    identity: bytes | None
    files: dict[str, File]
    free_bytes: int

    def holds(self, parcel: Parcel) -> bool:
        """Whether these are all its files, and no others."""
        mine = {piece.path: (piece.size, piece.sha256) for piece in parcel.pieces}
        return mine == {file.path: (file.size, file.sha256) for file in self.files.values()}


class Conversation(Agent):
    """Talks to an agent about what it is flashed with.

    Every call raises `AgentRefusedError` where the device will not, and `LinkError` where it is not
    answered.
    """

    def list_files(self, slot: int) -> Listing:
        """Ask what a slot holds, by the device's own count."""
        number = self._send(ListFiles(slot))
        found = self._await(number, Slot, _READING)
        files = [self._await(number, File, _QUICK) for _ in range(found.files)]
        identity = None if found.identity == NO_HASH else found.identity
        return Listing(identity, {file.path: file for file in files}, found.free_bytes)

    def begin(self, parcel: Parcel) -> None:
        """Begin, or go on."""
        name = parcel.name.encode()[:255].decode(errors="ignore").replace("\0", " ")
        self._insist(Begin(parcel.identity, len(parcel.pieces), parcel.size, name))

    def put(self, piece: Piece) -> None:
        """Name a file; one that the device has goes to its place by that."""
        self._insist(Put(piece.size, piece.sha256, piece.path))

    def send(self, piece: Piece, first: int, at_once: int, on_sent: Callable[[int], None]) -> None:
        """Send the file that was named last, from byte `first` on.

        Args:
            piece: the file.
            first: where to begin.
            at_once: how many chunks may be under way; 1 where nothing holds back who sends.
            on_sent: is given the number of bytes of the file that the device has.
        """
        under_way: deque[tuple[int, int]] = deque()
        have = sent = first
        tries = 0
        with piece.place.open("rb") as file:
            while have < piece.size:
                file.seek(sent)
                while sent < piece.size and len(under_way) < at_once:
                    data = file.read(min(self._chunk, piece.size - sent))
                    if not data:
                        raise FlashError(f"{piece.place}: has become shorter", "flash it again")
                    number = self._send(PutChunk(sent, data))
                    sent += len(data)
                    under_way.append((number, sent))
                number, end = under_way[0]
                try:
                    self._await(number, Ack, _CHUNK)
                except LinkTimeoutError:
                    tries += 1
                    # With the last, the device has the whole file safe on its disk.
                    if tries * _CHUNK >= (_LOST if end < piece.size else _READING):
                        raise
                    under_way.clear()
                    sent = have
                    continue
                under_way.popleft()
                have, tries = end, 0
                on_sent(have)

    def verify(self, parcel: Parcel) -> None:
        """Have all of it checked."""
        self._insist(Verify(parcel.identity))

    def switch(self, parcel: Parcel) -> None:
        """Make it the current one."""
        self._ask(Switch(parcel.identity), Ack, _READING)

    def roll_back(self) -> None:
        """Make the one before it the current one."""
        self._ask(Rollback(), Ack, _READING)

    def _insist(self, message: Message) -> None:
        """Ask for what may be done twice until it is done: either way, words may get lost."""
        until = time.monotonic() + _READING
        while True:
            try:
                self._ask(message, Ack, _QUICK)
                return
            except LinkTimeoutError:
                if time.monotonic() > until:
                    raise
