"""A recording of what an encoder's exits put out, as `firmware/ports/mps2/recording.h` has it."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from edge.bundle import Bundle
from edge.posteriors import LogProbs
from edge.rules import AgreementRule, FixedRule, ThresholdRule
from tests.firmware.exits import KINDS, VALUES

RecordedRule = FixedRule | ThresholdRule | AgreementRule

_HEAD = struct.Struct("<8s6I32s64s4I")
_POINT = struct.Struct("<32s3dI4B")
_UTTERANCE = struct.Struct("<IfII")
_ALIGNMENT = 8
UTTERANCES_AT = struct.calcsize("<8s6I32s64s")
"""Where the recording says at which offset the utterances' table lies."""


def record(
    bundle: Bundle,
    utterances: Sequence[tuple[float, Sequence[LogProbs]]],
    points: dict[str, RecordedRule],
) -> bytes:
    """Return the recording of utterances: their durations in s, and each exit's f32[T, V]."""
    places: list[int] = []
    content = bytearray(_HEAD.size)

    def append(data: bytes) -> int:
        content.extend(bytes(-len(content) % _ALIGNMENT))
        content.extend(data)
        return len(content) - len(data)

    points_at = append(b"".join(_point(bundle, name, rule) for name, rule in points.items()))
    spelled = [symbol.encode() for symbol in bundle.tokens.symbols]
    starts = np.cumsum([0, *map(len, spelled)], dtype="<u4")
    starts_at, tokens_at = append(starts.tobytes()), append(b"".join(spelled))
    for _, exits in utterances:
        places.append(append(np.stack(list(exits)).astype("<f4").tobytes()))
    frames = [len(exits[0]) for _, exits in utterances]
    table = [
        _UTTERANCE.pack(count, duration, place, 0)
        for count, (duration, _), place in zip(frames, utterances, places, strict=True)
    ]
    utterances_at = append(b"".join(table))
    content[: _HEAD.size] = _HEAD.pack(
        b"EEREC 1",
        len(content),
        len(utterances),
        len(points),
        len(bundle.exits),
        len(spelled),
        max(frames),
        bytes.fromhex(bundle.identity),
        bytes(bundle.exits),
        utterances_at,
        points_at,
        starts_at,
        tokens_at,
    )
    return bytes(content)


def _point(bundle: Bundle, name: str, rule: RecordedRule) -> bytes:
    kind, score, threshold = "threshold", "entropy_nats", 0.0
    allowed: tuple[int, ...] | None
    match rule:
        case FixedRule():
            kind, allowed = "fixed", (rule.exit,)
        case AgreementRule():
            allowed, score, threshold = rule.exits, "edit_rate", rule.rate
        case ThresholdRule():
            allowed, score, threshold = rule.exits, rule.score, rule.threshold
    allowed = allowed or bundle.exits
    mask = sum(1 << exit for exit in allowed)
    return _POINT.pack(
        name.encode(), threshold, 0.0, 0.0, mask,
        KINDS.index(kind), max(allowed), VALUES.index(score), 0,
    )  # fmt: skip
