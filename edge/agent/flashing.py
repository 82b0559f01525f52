"""Answers to the messages by which a device is flashed."""

from __future__ import annotations

from collections.abc import Iterator

from edge.errors import SlotError
from edge.slots import Slots
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


def answer(slots: Slots, message: Message, number: int) -> Iterator[Message]:
    """Carry out a message of flashing, and yield its answers.

    Raises:
        EedgeError: it is refused; what is current stays so.
    """
    try:
        if isinstance(message, ListFiles):
            yield from _list(slots, message.slot)
            return
        _carry_out(slots, message)
    except OSError as error:
        raise SlotError(
            f"the device's disk: {error.strerror}",
            "make room on it, and see whether it may be written to",
        ) from error
    yield Ack(number)


def _carry_out(slots: Slots, message: Message) -> None:
    match message:
        case Begin():
            slots.begin(message.identity, message.files, message.size)
        case Put():
            slots.writing.put(message.path, message.size, message.sha256)
        case PutChunk():
            slots.writing.chunk(message.first, message.data)
        case Verify():
            slots.verify(message.identity)
        case Switch():
            slots.switch(message.identity)
        case Rollback():
            slots.rollback()


def _list(slots: Slots, slot: int) -> Iterator[Message]:
    identity, files = slots.listing(slot)
    yield Slot(slot, identity or NO_HASH, len(files), slots.free_bytes)
    for index, file in enumerate(files):
        yield File(index, file.size, file.sha256, file.path)
