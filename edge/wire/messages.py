"""The messages: what each holds, in the order of its bytes.

One class each, whose fields are the document's table. A message may grow at its end: what lies
behind the last field that is known here is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edge.wire.fields import (
    F32,
    U8,
    U16,
    U32,
    U64,
    Chunk,
    F32Unknown,
    Hash,
    Line,
    Long,
    Name,
    Path,
    Short,
)

NO_HASH = bytes(32)
"""In place of a bundle's identity: there is none."""


@dataclass(frozen=True)
class Message:
    """What a frame's body says; `code` is the frame's type."""

    code: ClassVar[int]


@dataclass(frozen=True)
class Hello(Message):
    """First from either side, and again after each reconnect; its layout never changes, and it
    is always sent in version 1.

    Both go on with the highest version that both know. `max_body` is the longest body that the
    sender takes, `capabilities` has bit 0 for running, 1 for flashing, 2 for telemetry, 3 for
    refusing what is not signed, 4 for having no temperature sensor, 5 for having no battery;
    `session` is drawn at the start of the sender's program, so that a restart is seen.
    """

    code = 0x01
    oldest: U8
    newest: U8
    max_body: U16
    capabilities: U32
    session: U32
    program: Name
    board: Name


@dataclass(frozen=True)
class Ack(Message):
    """The command of that number was carried out."""

    code = 0x02
    number: U16


@dataclass(frozen=True)
class Refused(Message):
    """The command of that number was not carried out, and why; `kind` names the error."""

    code = 0x03
    number: U16
    kind: Name
    what: Line
    tries: Line


@dataclass(frozen=True)
class Log(Message):
    """A line of the device's log; `level` as in Python: 10 debug, 20 info, 30 warning, 40 error."""

    code = 0x04
    level: U8
    text: Line


@dataclass(frozen=True)
class Load(Message):
    """Load the current bundle; `point` is the operating point to begin at ("" for the fullest)."""

    code = 0x10
    board: Name
    point: Name


@dataclass(frozen=True)
class Loaded(Message):
    """A bundle is loaded: its identity, its exits (a byte each), and its operating points' names,
    from the fullest to the least, parted by line feeds."""

    code = 0x11
    identity: Hash
    exits: Short
    points: Line
    point: Name


@dataclass(frozen=True)
class SetPoint(Message):
    """From the next utterance on: this operating point, and no more than `deepest` blocks (0: no
    limit)."""

    code = 0x12
    point: Name
    deepest: U8


@dataclass(frozen=True)
class Run(Message):
    """An utterance of so many samples follows; `utterance` names it. One that was run already is
    not run again: its result is sent again."""

    code = 0x13
    utterance: U32
    samples: U32
    sample_rate: U32


@dataclass(frozen=True)
class Sound(Message):
    """Samples of an utterance (16 bits, signed, little-endian, one channel) from sample `first`
    on. The utterance is run when its last sample has come."""

    code = 0x14
    utterance: U32
    first: U32
    samples: Chunk


@dataclass(frozen=True)
class Result(Message):
    """What was said. Where the text is longer than a message, `more` is 1 in all but the last
    part. `latency_s` has the computing; `loading_s` what loading for another length took."""

    code = 0x15
    utterance: U32
    exit: U8
    more: U8
    blocks: F32
    duration_s: F32
    latency_s: F32
    loading_s: F32
    score: F32Unknown
    point: Name
    text: Long


@dataclass(frozen=True)
class Watch(Message):
    """Send telemetry at this interval; 0 stops it."""

    code = 0x18
    interval_ms: U32


@dataclass(frozen=True)
class Telemetry(Message):
    """The state at `time_ms` of the device's clock, which starts anywhere and never goes back.

    NaN is what cannot be read. `charging` is 0 no, 1 yes, 2 not known; `real_time_factor` the
    computing for a second of sound, lately; `queue` the utterances that wait.
    """

    code = 0x19
    time_ms: U64
    celsius: F32Unknown
    battery_percent: F32Unknown
    charging: U8
    queue: U16
    real_time_factor: F32Unknown
    utterances: U32
    deepest: U8
    point: Name


@dataclass(frozen=True)
class ListFiles(Message):
    """Which files does the slot hold? `slot` is 0 for the current one, 1 for the one before it,
    2 for the one that is being written."""

    code = 0x20
    slot: U8


@dataclass(frozen=True)
class Slot(Message):
    """Answer to ListFiles: the bundle's identity, how many File messages follow, and how many
    bytes are free."""

    code = 0x21
    slot: U8
    identity: Hash
    files: U16
    free_bytes: U64


@dataclass(frozen=True)
class File(Message):
    """A file of the slot, and what it is by the device's own count."""

    code = 0x22
    index: U16
    size: U32
    sha256: Hash
    path: Path


@dataclass(frozen=True)
class Begin(Message):
    """Begin, or go on with, writing a bundle beside the current one."""

    code = 0x23
    identity: Hash
    files: U16
    size: U64
    name: Path


@dataclass(frozen=True)
class Put(Message):
    """A file of it, whose chunks follow; one that the device has already is kept as it is."""

    code = 0x24
    size: U32
    sha256: Hash
    path: Path


@dataclass(frozen=True)
class PutChunk(Message):
    """Bytes of the file of the last Put, from `first` on."""

    code = 0x25
    first: U32
    data: Chunk


@dataclass(frozen=True)
class Verify(Message):
    """Check all that was written: checksums, board, versions and, with a key, the signature."""

    code = 0x26
    identity: Hash


@dataclass(frozen=True)
class Switch(Message):
    """Make what was verified the current bundle, in one step."""

    code = 0x27
    identity: Hash


@dataclass(frozen=True)
class Rollback(Message):
    """Make the bundle before the current one the current one again."""

    code = 0x28


MESSAGES: dict[int, type[Message]] = {
    message.code: message
    for message in (
        Hello,
        Ack,
        Refused,
        Log,
        Load,
        Loaded,
        SetPoint,
        Run,
        Sound,
        Result,
        Watch,
        Telemetry,
        ListFiles,
        Slot,
        File,
        Begin,
        Put,
        PutChunk,
        Verify,
        Switch,
        Rollback,
    )
}
"""Every message by its code."""
