"""The core's wire protocol, called from Python: what it is given and gives are Python's types."""

from __future__ import annotations

import ctypes
import math
import re
from ctypes import POINTER, Structure, byref, c_char_p, c_size_t, c_uint8, c_uint16, c_uint32

from edge.wire import MESSAGES, Frame, Message, Text
from edge.wire.coding import layout
from edge.wire.fields import Value
from edge.wire.frame import LONGEST_ENCODED

ROOM = LONGEST_ENCODED + 2


class _Bytes(Structure):
    """`struct ee_text`, and `struct ee_data`."""

    _fields_ = [("bytes", ctypes.c_void_p), ("size", c_uint16)]


class _Frame(Structure):
    _fields_ = [
        ("type", c_uint8),
        ("number", c_uint16),
        ("body", ctypes.c_void_p),
        ("size", c_size_t),
    ]


_ON_FRAME = ctypes.CFUNCTYPE(None, ctypes.c_void_p, POINTER(_Frame))
_ON_TEXT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, c_size_t)


class _Receiver(Structure):
    _fields_ = [
        ("context", ctypes.c_void_p),
        ("on_frame", _ON_FRAME),
        ("on_text", _ON_TEXT),
        ("noise", c_uint32),
        ("foreign", c_uint32),
        ("held", c_size_t),
        ("no_text", ctypes.c_bool),
        ("buffer", c_uint8 * (LONGEST_ENCODED + 1)),
    ]


class Receiver:
    """`struct ee_receiver`, with the face of `edge.wire.Receiver`."""

    def __init__(self, core: ctypes.CDLL) -> None:
        self._core = core
        self._found: list[Frame | Text] = []
        self._state = _Receiver(on_frame=_ON_FRAME(self._frame), on_text=_ON_TEXT(self._text))

    @property
    def noise(self) -> int:
        return int(self._state.noise)

    @property
    def foreign(self) -> int:
        return int(self._state.foreign)

    def feed(self, data: bytes) -> list[Frame | Text]:
        self._core.ee_receive(byref(self._state), data, c_size_t(len(data)))
        return self._take()

    def flush(self) -> list[Frame | Text]:
        self._core.ee_receiver_flush(byref(self._state))
        return self._take()

    def _take(self) -> list[Frame | Text]:
        found, self._found = self._found, []
        return found

    def _frame(self, _: int, pointer) -> None:
        frame = pointer.contents
        body = ctypes.string_at(frame.body, frame.size)
        self._found.append(Frame(frame.type, frame.number, body))

    def _text(self, _: int, text: int, size: int) -> None:
        self._found.append(Text(ctypes.string_at(text, size).decode()))


_NUMBERS = {
    "u8": c_uint8,
    "u16": c_uint16,
    "u32": c_uint32,
    "u64": ctypes.c_uint64,
    "f32": ctypes.c_float,
    "f32 or NaN": ctypes.c_float,
    "hash": c_char_p,
}


def _word(name: str) -> str:
    return re.sub(r" ≤ \d+", "", name)


def _structure(message: type[Message]) -> type[Structure]:
    fields = [(name, _NUMBERS.get(kind.name, _Bytes)) for name, kind in layout(message)]
    return type(message.__name__, (Structure,), {"_fields_": fields})


STRUCTURES = {code: _structure(message) for code, message in MESSAGES.items()}


def encode(core: ctypes.CDLL, message: Message, number: int) -> bytes | int:
    """Return the frame of a message, or the number of the error."""
    given = STRUCTURES[message.code]()
    kept = []
    for name, kind in layout(type(message)):
        value = getattr(message, name)
        if _word(kind.name) in ("text", "data"):
            data = value.encode() if isinstance(value, str) else value
            kept.append(ctypes.create_string_buffer(data, len(data) + 1))
            setattr(given, name, _Bytes(ctypes.addressof(kept[-1]), len(data)))
        elif kind.name == "hash":
            kept.append(ctypes.create_string_buffer(value, len(value)))
            setattr(given, name, ctypes.cast(kept[-1], c_char_p))
        else:
            setattr(given, name, math.nan if value is None else value)
    out, size = (c_uint8 * ROOM)(), c_size_t()
    error = core.ee_encode(message.code, byref(given), number, out, ROOM, byref(size))
    return error or bytes(out[: size.value])


def decode(core: ctypes.CDLL, frame: Frame) -> Message | int:
    """Return the message of a frame, or the number of the error."""
    body = (c_uint8 * max(len(frame.body), 1)).from_buffer_copy(frame.body or b"\0")
    given = _Frame(frame.type, frame.number, ctypes.addressof(body), len(frame.body))
    room = (ctypes.c_uint64 * 64)()
    error = core.ee_decode(byref(given), room)
    if error:
        return int(error)
    found = STRUCTURES[frame.type].from_buffer(room)
    values: dict[str, Value] = {}
    for name, kind in layout(MESSAGES[frame.type]):
        value = getattr(found, name)
        if isinstance(value, _Bytes):
            data = ctypes.string_at(value.bytes, value.size)
            values[name] = data.decode() if _word(kind.name) == "text" else data
        elif kind.name == "hash":
            pointer = ctypes.c_void_p.from_buffer(found, getattr(type(found), name).offset)
            values[name] = ctypes.string_at(pointer.value or 0, 32)
        else:
            values[name] = None if value != value else value
    return MESSAGES[frame.type](**values)
