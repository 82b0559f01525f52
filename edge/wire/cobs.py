"""Consistent Overhead Byte Stuffing: any bytes, spelled without the byte 0.

Cheshire and Baker 1999, IEEE/ACM Transactions on Networking 7(2). The data, with a 0 put behind
it, is cut after each 0 and after 254 bytes without one. A piece is written as its length + 1 and
its bytes without the 0; the length byte 255 stands for 254 bytes and no 0.
"""

from __future__ import annotations

_LONGEST = 254


def encode(data: bytes) -> bytes:
    """Return `data` without the byte 0, longer by one byte and one more for each 254."""
    out = bytearray()
    for run in data.split(b"\0"):
        rest = run
        while len(rest) >= _LONGEST:
            out.append(_LONGEST + 1)
            out += rest[:_LONGEST]
            rest = rest[_LONGEST:]
        out.append(len(rest) + 1)
        out += rest
    return bytes(out)


def decode(data: bytes) -> bytes | None:
    """Return what was encoded, or None if `data` is no encoding of anything."""
    out = bytearray()
    place = 0
    while place < len(data):
        length = data[place]
        piece = data[place + 1 : place + length]
        if length == 0 or len(piece) != length - 1 or 0 in piece:
            return None
        out += piece
        if length <= _LONGEST:
            out.append(0)
        place += length
    # The 0 that was put behind the data. An encoder may leave it out behind 254 bytes.
    if out and data and out[-1] == 0:
        del out[-1]
    return bytes(out)
