"""The kinds of field that a message is made of; numbers are little-endian.

A kind writes one value, and reads it back if it is one.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from edge.wire.errors import WireError

Value = int | float | str | bytes | None


@dataclass(frozen=True)
class Kind:
    """A kind of field: its name in the document, and how it is written and read.

    `read` takes a body and where the field begins, and returns the value and where it ends.
    """

    name: str
    write: Callable[[Value], bytes]
    read: Callable[[bytes, int], tuple[Value, int]]


def _integer(name: str, code: str) -> Kind:
    layout = struct.Struct("<" + code)

    def write(value: Value) -> bytes:
        if not isinstance(value, int):
            raise WireError(f"{value!r} is no {name}")
        try:
            return layout.pack(value)
        except struct.error as error:
            raise WireError(f"{value} is no {name}") from error

    def read(body: bytes, at: int) -> tuple[Value, int]:
        end = _end(body, at, layout.size)
        return layout.unpack_from(body, at)[0], end

    return Kind(name, write, read)


_F32 = struct.Struct("<f")


def _real(name: str, may_be_unknown: bool) -> Kind:
    def write(value: Value) -> bytes:
        if value is None and may_be_unknown:
            return _F32.pack(math.nan)
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise WireError(f"{value!r} is no {name}")
        try:
            return _F32.pack(value)
        except OverflowError as error:
            raise WireError(f"{value!r} is too large for {name}") from error

    def read(body: bytes, at: int) -> tuple[Value, int]:
        end = _end(body, at, _F32.size)
        value: float = _F32.unpack_from(body, at)[0]
        if math.isnan(value) and may_be_unknown:
            return None, end
        if not math.isfinite(value):
            raise WireError(f"{value} where a number must stand")
        return value, end

    return Kind(name, write, read)


def _counted(body: bytes, at: int, most: int) -> tuple[bytes, int]:
    start = _end(body, at, 2)
    length = int.from_bytes(body[at:start], "little")
    if length > most:
        raise WireError(f"{length} bytes where {most} are the most")
    end = _end(body, start, length)
    return body[start:end], end


def _spelled(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise WireError(f"{len(data)} bytes where {most} are the most")
    return len(data).to_bytes(2, "little") + data


def text(most: int) -> Kind:
    """UTF-8 of at most so many bytes, behind its length as u16; without the character 0."""

    def write(value: Value) -> bytes:
        if not isinstance(value, str) or "\0" in value:
            raise WireError(f"{value!r} is no text")
        try:
            return _spelled(value.encode(), most)
        except UnicodeEncodeError as error:
            raise WireError(f"{value!r} cannot be spelled in UTF-8") from error

    def read(body: bytes, at: int) -> tuple[Value, int]:
        data, end = _counted(body, at, most)
        try:
            value = data.decode()
        except UnicodeDecodeError as error:
            raise WireError("a text is not UTF-8") from error
        if "\0" in value:
            raise WireError("a text holds the character 0")
        return value, end

    return Kind(f"text ≤ {most}", write, read)


def data(most: int) -> Kind:
    """At most so many bytes, behind their number as u16."""

    def write(value: Value) -> bytes:
        if not isinstance(value, bytes):
            raise WireError(f"{value!r} is no bytes")
        return _spelled(value, most)

    def read(body: bytes, at: int) -> tuple[Value, int]:
        return _counted(body, at, most)

    return Kind(f"data ≤ {most}", write, read)


def _hash() -> Kind:
    size = 32

    def write(value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise WireError(f"{value!r} is no SHA-256")
        return value

    def read(body: bytes, at: int) -> tuple[Value, int]:
        end = _end(body, at, size)
        return body[at:end], end

    return Kind("hash", write, read)


def _end(body: bytes, at: int, size: int) -> int:
    if at + size > len(body):
        raise WireError("a message ends before its last field does")
    return at + size


U8 = Annotated[int, _integer("u8", "B")]
U16 = Annotated[int, _integer("u16", "H")]
U32 = Annotated[int, _integer("u32", "I")]
U64 = Annotated[int, _integer("u64", "Q")]
F32 = Annotated[float, _real("f32", may_be_unknown=False)]
F32Unknown = Annotated[float | None, _real("f32 or NaN", may_be_unknown=True)]
Hash = Annotated[bytes, _hash()]
Name = Annotated[str, text(64)]
Path = Annotated[str, text(255)]
Line = Annotated[str, text(1024)]
Long = Annotated[str, text(3072)]
Short = Annotated[bytes, data(64)]
Chunk = Annotated[bytes, data(4000)]
