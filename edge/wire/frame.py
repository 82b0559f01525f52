"""Frames in a stream of bytes, with text in between.

A frame is the byte 0, COBS of (version, type, number, body, CRC-32), and the byte 0. Each frame
begins *and* ends with a 0, so that damage between two of them costs neither.

What lies between two 0 and is no frame is text if it reads as such, else noise. The second byte
of a frame is its version, 1 to 6, which stands in no text: so a line of text can be handed out at
its end, without waiting for the next 0.

The checksum is the CRC-32 of Ethernet and zlib. A CRC-16 would pass one damaged frame in 65,536,
and a noisy line makes that many in an hour; a CRC-32 finds any three flipped bits up to 11 kB
(Koopman 2002, doi 10.1109/DSN.2002.1028931), and needs a table of 16 numbers in C.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from edge.wire import cobs
from edge.wire.errors import WireError

VERSION = 1
VERSIONS = range(1, 7)
"""Versions that there can be: bytes that do not stand in text, so that no text is a frame."""
MAX_BODY = 4096

_HEAD = struct.Struct("<BBH")
_CHECK = struct.Struct("<I")
_LONGEST = _HEAD.size + MAX_BODY + _CHECK.size
LONGEST_ENCODED = _LONGEST + _LONGEST // 254 + 1
"""Most bytes between the two 0 of a frame: what a receiver needs room for."""

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_TEXT = re.compile(r"[^\t\r\n\x1b\x08\x20-\x7e\xa0-\U0010ffff]")


@dataclass(frozen=True)
class Frame:
    """One frame: the type of its message, its number (which goes up by one, from 0 to 65,535 and
    then 0 again, in each direction) and its body."""

    type: int
    number: int
    body: bytes


@dataclass(frozen=True)
class Text:
    """Text from between the frames; a line ends where `text` ends in a line feed."""

    text: str


def encode_frame(frame: Frame) -> bytes:
    """Return a frame as it goes over the link.

    Raises:
        WireError: the body is too long.
    """
    if len(frame.body) > MAX_BODY:
        raise WireError(f"a message of {len(frame.body)} bytes is longer than {MAX_BODY}")
    content = _HEAD.pack(VERSION, frame.type, frame.number) + frame.body
    return b"\0" + cobs.encode(content + _CHECK.pack(zlib.crc32(content))) + b"\0"


@dataclass
class Receiver:
    """Takes bytes as they come, in any pieces, and gives frames and text in their order.

    It never holds more than `LONGEST_ENCODED` bytes. `noise` counts the bytes that were neither a
    frame nor text, `foreign` the frames of other versions, which are passed over.
    """

    noise: int = 0
    foreign: int = 0
    _held: bytes = b""

    def feed(self, data: bytes) -> list[Frame | Text]:
        """Take more bytes; return what is whole by now."""
        found: list[Frame | Text] = []
        *ended, begun = (self._held + data).split(b"\0")
        for piece in ended:
            found += self._ended(piece)
        lines, self._held = _whole_lines(begun)
        found += lines
        if len(self._held) > LONGEST_ENCODED:
            found += self._between(self._held)
            self._held = b""
        return found

    @property
    def waits(self) -> bool:
        """Whether something was begun that is not whole."""
        return bool(self._held)

    def flush(self) -> list[Frame | Text]:
        """Give the text that was begun and waits for its line feed: a prompt, or the last words."""
        text = _as_text(self._held)
        # Of a frame that was begun, one byte may look like text; its second, the version, does not.
        if len(self._held) < 2 or text is None:
            return []
        self._held = b""
        return [Text(text)]

    def _ended(self, piece: bytes) -> list[Frame | Text]:
        frame = None if len(piece) > LONGEST_ENCODED else _parse(piece)
        if frame is None:
            return self._between(piece)
        version, content = frame
        if version != VERSION:
            self.foreign += 1
            return []
        return [content]

    def _between(self, piece: bytes) -> list[Frame | Text]:
        """Give the lines of text that stand in what is no frame."""
        found: list[Frame | Text] = []
        for line in _LINE.findall(piece):
            text = _as_text(line)
            if text is None:
                self.noise += len(line)
            else:
                found.append(Text(text))
        return found


def _parse(piece: bytes) -> tuple[int, Frame] | None:
    content = cobs.decode(piece)
    if content is None or len(content) < _HEAD.size + _CHECK.size:
        return None
    end = len(content) - _CHECK.size
    version, kind, number = _HEAD.unpack_from(content)
    if version not in VERSIONS or _CHECK.unpack_from(content, end)[0] != zlib.crc32(content[:end]):
        return None
    return version, Frame(kind, number, content[_HEAD.size : end])


def _whole_lines(begun: bytes) -> tuple[list[Frame | Text], bytes]:
    """Part what was begun into lines of text that are whole, and the rest.

    There is a frame in it if it is not text from its beginning on: then nothing is taken off. A
    frame's first byte may be a line feed, and only the second, the version, tells.
    """
    whole, feed, rest = begun.rpartition(b"\n")
    if len(begun) < 2 or begun[1] in VERSIONS or not feed or _as_text(whole + feed) is None:
        return [], begun
    return [Text(line.decode()) for line in _LINE.findall(whole + feed)], rest


def _as_text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) else text
