"""From a message to a frame and back, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import get_type_hints

from edge.wire.errors import WireError
from edge.wire.fields import Kind, Value
from edge.wire.frame import MAX_BODY, Frame
from edge.wire.messages import MESSAGES, Message


def layout(message: type[Message]) -> Iterator[tuple[str, Kind]]:
    """Yield the fields of a message, in their order, with their kinds."""
    hints = get_type_hints(message, include_extras=True)
    for field in dataclasses.fields(message):
        kind: Kind = hints[field.name].__metadata__[0]
        yield field.name, kind


def encode(message: Message, number: int) -> Frame:
    """Return a message as the frame of that number.

    Raises:
        WireError: a field does not hold what its kind asks for, or the message is too long.
    """
    body = bytearray()
    for name, kind in layout(type(message)):
        value: Value = getattr(message, name)
        try:
            body += kind.write(value)
        except WireError as error:
            raise WireError(f"{type(message).__name__}.{name}: {error.what}") from error
    if len(body) > MAX_BODY:
        raise WireError(f"{type(message).__name__}: longer than {MAX_BODY} bytes")
    return Frame(message.code, number % (1 << 16), bytes(body))


def decode(frame: Frame) -> Message:
    """Return what a frame says.

    Raises:
        WireError: its type is not known, or its body does not hold what that type's must.
    """
    kind_of_message = MESSAGES.get(frame.type)
    if kind_of_message is None:
        raise WireError(f"a message of type 0x{frame.type:02X} is not known")
    values: dict[str, Value] = {}
    at = 0
    for name, kind in layout(kind_of_message):
        try:
            values[name], at = kind.read(frame.body, at)
        except WireError as error:
            raise WireError(f"{kind_of_message.__name__}.{name}: {error}") from error
    return kind_of_message(**values)


def describe() -> str:
    """Return the table of all messages as it stands in `docs/protocol.md`."""
    lines = ["| type | message | body |", "|---|---|---|"]
    for code, message in MESSAGES.items():
        fields = ", ".join(f"`{name}` {kind.name}" for name, kind in layout(message))
        lines.append(f"| 0x{code:02X} | {message.__name__} | {fields or '(empty)'} |")
    return "\n".join(lines)
