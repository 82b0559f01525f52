"""How host and device talk, over any link: frames with a checksum, and text in between.

`cobs` keeps the byte 0 out of a frame, `frame` finds frames and text in a stream of bytes,
`fields` and `messages` say what a frame's body holds, and `coding` writes and reads it. All of it
is in `docs/protocol.md`, byte by byte. Nothing here needs more than Python, and nothing more than
C99 is needed to write it again.
"""

from edge.wire.coding import decode, describe, encode
from edge.wire.errors import WireError
from edge.wire.frame import Frame, Receiver, Text, encode_frame
from edge.wire.messages import MESSAGES, Message

__all__ = [
    "MESSAGES",
    "Frame",
    "Message",
    "Receiver",
    "Text",
    "WireError",
    "decode",
    "describe",
    "encode",
    "encode_frame",
]
