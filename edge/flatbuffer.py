"""Leave one signature in a TFLite model, without copying what it shares with the others.

XNNPACK packs the weights of every signature as soon as a file is opened: a block exported for
eight lengths would take the memory of eight blocks, whichever length is run. There is no option
against it, so the others are taken out of the model's lists before it is opened.

Field numbers are those of TFLite's schema (`tensorflow/compiler/mlir/lite/schema/schema.fbs`), the
layout is that of FlatBuffers (https://flatbuffers.dev/internals/).
"""

from __future__ import annotations

import struct

_SUBGRAPHS, _SIGNATURES = 2, 7  # of table Model
_KEY, _SUBGRAPH = 2, 4  # of table SignatureDef

_U16, _U32, _I32 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<i")


def keep_signature(model: bytes, name: str) -> bytes:
    """Return `model` with the signature `name` alone, and its subgraph first.

    Other signatures' subgraphs are dropped, unless there are some that belong to no signature:
    an operator may call those by their number, so that then all stay.

    Raises:
        KeyError: there is no such signature; its arguments are those that there are.
        ValueError: this is no TFLite model, or one without signatures.
    """
    trimmed = bytearray(model)
    try:
        _trim(trimmed, name)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("it is no TFLite model") from error
    return bytes(trimmed)


def _trim(model: bytearray, name: str) -> None:
    root = _follow(model, 0)
    subgraphs = _follow(model, _field(model, root, _SUBGRAPHS))
    signatures = _follow(model, _field(model, root, _SIGNATURES))
    names = [_text(model, table, _KEY) for table in _tables(model, signatures)]
    if not names:
        raise ValueError("it has no signatures")
    if name not in names:
        raise KeyError(*names)
    kept = names.index(name)
    number = _field(model, _tables(model, signatures)[kept], _SUBGRAPH)
    # A number that is 0 may be left out of its table.
    subgraph = _U32.unpack_from(model, number)[0] if number else 0
    if number:
        _U32.pack_into(model, number, 0)
    all_own = len(names) == len(_tables(model, subgraphs))
    _move_to_front(model, signatures, kept)
    _move_to_front(model, subgraphs, subgraph)
    _U32.pack_into(model, signatures, 1)
    if all_own:
        _U32.pack_into(model, subgraphs, 1)


def _move_to_front(model: bytearray, vector: int, index: int) -> None:
    """Let the first table of a vector and the one at `index` change places."""
    tables = _tables(model, vector)
    for place, table in ((0, tables[index]), (index, tables[0])):
        position = vector + _U32.size * (1 + place)
        _U32.pack_into(model, position, table - position)


def _tables(model: bytearray, vector: int) -> list[int]:
    count = _U32.unpack_from(model, vector)[0]
    first = vector + _U32.size
    if first + count * _U32.size > len(model):
        raise struct.error("a vector is longer than the file")
    return [_follow(model, first + index * _U32.size) for index in range(count)]


def _field(model: bytearray, table: int, number: int) -> int:
    """Return where a field of a table lies, or 0 if it is not there."""
    fields = table - _I32.unpack_from(model, table)[0]
    entry = 2 * _U16.size + number * _U16.size
    if entry >= _U16.unpack_from(model, fields)[0]:
        return 0
    offset: int = _U16.unpack_from(model, fields + entry)[0]
    return table + offset if offset else 0


def _follow(model: bytearray, position: int) -> int:
    offset: int = _U32.unpack_from(model, position)[0]
    return position + offset


def _text(model: bytearray, table: int, number: int) -> str:
    start = _follow(model, _field(model, table, number))
    length = _U32.unpack_from(model, start)[0]
    return model[start + _U32.size : start + _U32.size + length].decode()
