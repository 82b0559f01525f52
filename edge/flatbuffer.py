"""FlatBuffers by their bytes: read many tables at a time, and write tables before them.

The layout is that of https://flatbuffers.dev/internals/: a table begins with the distance back to
its list of fields, and refers to strings, vectors and other tables by their distance ahead. So
tables that are written before a buffer can refer to what lies in it, and nothing in it has to move.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
"""Where things lie in a buffer, in bytes from its beginning; 0 for what is not there."""

ALIGNMENT = 16
"""Bytes; the largest that TFLite's schema asks for."""

_U32 = struct.Struct("<I")


class Buffer:
    """Bytes that hold FlatBuffers, read and changed at many positions at once.

    Args:
        content: its length is a multiple of `ALIGNMENT`, of which the first are zeros: what is
            not there is read as 0.

    Raises:
        ValueError, IndexError: from all methods: something is said to lie outside of the bytes.
    """

    def __init__(self, content: bytearray) -> None:
        self.content = content
        self._views = {
            code: np.frombuffer(content, code) for code in ("<u1", "<u2", "<i4", "<u4", "<u8")
        }

    def read(self, code: str, positions: Positions) -> Positions:
        """Read numbers of a NumPy type such as `<u4`."""
        view = self._views[code]
        numbers: Positions = view[positions // view.itemsize].astype(np.int64)
        return numbers

    def add(self, code: str, positions: Positions, numbers: Positions) -> None:
        """Add to the numbers at some positions."""
        view = self._views[code]
        view[positions // view.itemsize] += numbers.astype(view.dtype)

    def write(self, code: str, positions: Positions, numbers: Positions) -> None:
        """Write numbers at some positions."""
        view = self._views[code]
        view[positions // view.itemsize] = numbers.astype(view.dtype)

    def follow(self, positions: Positions) -> Positions:
        """Return what references refer to."""
        return positions + self.read("<u4", positions)

    def fields(self, tables: Positions, numbers: Sequence[int]) -> Positions:
        """Return where some fields of some tables lie, [fields, tables]; 0 for a default."""
        lists = tables - self.read("<i4", tables)
        if (lists < 0).any():
            raise ValueError("a list of fields lies before the file")
        places = 4 + 2 * np.array(numbers, np.int64)[:, np.newaxis]
        offsets = self.read("<u2", (lists + places) * (self.read("<u2", lists) > places))
        return (tables + offsets) * (offsets > 0)

    def elements(self, vectors: Positions) -> Positions:
        """Return where the elements of vectors lie, of 4 bytes each, one vector after the other."""
        counts = self.read("<u4", vectors)
        if counts.sum() * _U32.size > len(self.content):
            raise ValueError("a vector is longer than the file")
        within = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
        positions: Positions = np.repeat(vectors, counts) + _U32.size * (1 + within)
        return positions

    def vectors(self, vectors: Positions) -> list[Positions]:
        """Return the tables to which the elements of each vector refer."""
        tables = self.follow(self.elements(vectors))
        return np.split(tables, self.read("<u4", vectors).cumsum()[:-1])

    def texts(self, strings: Positions) -> list[str]:
        """Return strings; empty where there is none."""
        lengths = self.read("<u4", strings).tolist()
        starts = (strings + _U32.size).tolist()
        return [
            self.content[start : start + length].decode()
            for start, length in zip(starts, lengths, strict=True)
        ]


@dataclass(frozen=True)
class Number:
    """A field that is a number, in a format of `struct`."""

    code: str
    value: int


@dataclass(frozen=True)
class Inside:
    """A field that refers to what lies at a position of the buffer."""

    position: int


@dataclass(frozen=True)
class Later:
    """A field that refers to what is still to be written."""


Field = Number | Inside | Later


class Head:
    """Tables that go before a buffer, the root of the whole among them.

    What they refer to must be written after them: a reference leads ahead.
    """

    def __init__(self, identifier: bytes) -> None:
        self._bytes = bytearray(_U32.size) + identifier
        self._inside: list[tuple[Positions, Positions]] = []

    def table(self, slot: int, fields: Mapping[int, Field]) -> dict[int, int]:
        """Write a table to which the reference at `slot` refers; return where its fields lie."""
        sizes = {
            number: struct.calcsize(field.code) if isinstance(field, Number) else _U32.size
            for number, field in fields.items()
        }
        count = max(fields, default=-1) + 1
        self._align(2 * (2 + count))
        start = len(self._bytes) + 2 * (2 + count)
        places, end = {}, _U32.size
        for number in sorted(fields, key=sizes.__getitem__, reverse=True):
            end += -(start + end) % sizes[number]
            places[number], end = end, end + sizes[number]
        offsets = (places.get(number, 0) for number in range(count))
        self._bytes += struct.pack(f"<{2 + count}H", 2 * (2 + count), end, *offsets)
        self.refer(slot, start)
        self._bytes += struct.pack("<i", 2 * (2 + count)) + bytes(end - _U32.size)
        for number, field in fields.items():
            if isinstance(field, Number):
                struct.pack_into("<" + field.code, self._bytes, start + places[number], field.value)
            elif isinstance(field, Inside):
                self._refer_inside(start + places[number], np.array([field.position]))
        return {number: start + place for number, place in places.items()}

    def vector(self, slot: int, tables: Positions) -> None:
        """Write a vector of tables that lie in the buffer."""
        self._refer_inside(self.slots(slot, len(tables))[0] if len(tables) else 0, tables)

    def slots(self, slot: int, count: int) -> range:
        """Write a vector of references, and return where they are to be filled in."""
        self._align(0)
        self.refer(slot, len(self._bytes))
        self._bytes += _U32.pack(count)
        first = len(self._bytes)
        self._bytes += bytes(count * _U32.size)
        return range(first, len(self._bytes), _U32.size)

    def text(self, slot: int, text: str) -> None:
        """Write a string."""
        self._align(0)
        self.refer(slot, len(self._bytes))
        encoded = text.encode()
        self._bytes += _U32.pack(len(encoded)) + encoded + b"\0"

    def refer(self, slot: int, position: int) -> None:
        """Let the reference at `slot` refer to a position in the head."""
        _U32.pack_into(self._bytes, slot, position - slot)

    def refer_inside(self, slot: int, position: int) -> None:
        """Let the reference at `slot` refer to a position in the buffer."""
        self._refer_inside(slot, np.array([position]))

    def finish(self) -> bytes:
        """Return the head, to be followed by the buffer at once."""
        head = np.frombuffer(self._bytes + bytes(-len(self._bytes) % ALIGNMENT), np.uint8).copy()
        references = head.view("<u4")
        for slots, positions in self._inside:
            references[slots // _U32.size] = len(head) + positions - slots
        return head.tobytes()

    def _refer_inside(self, slot: int, positions: Positions) -> None:
        slots = slot + _U32.size * np.arange(len(positions))
        self._inside.append((slots, positions))

    def _align(self, ahead: int) -> None:
        """Let what is written `ahead` bytes from here be aligned for a number of 8 bytes."""
        self._bytes += bytes(-(len(self._bytes) + ahead) % 8)
