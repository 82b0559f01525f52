"""A recording of what an encoder's exits put out, as `firmware/ports/replay/recording.h` has it."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.bundle import Bundle
from edge.manifest import MANIFEST, FileEntry
from edge.posteriors import LogProbs
from edge.rules import AgreementRule, FixedRule, ThresholdRule
from tests.edge.calibrated import write_calibration
from tests.firmware.exits import KINDS, VALUES
from tests.flashable import make_bundle

BOARD = "mps2-an500"
RECORDING = "recording.bin"

RecordedRule = FixedRule | ThresholdRule | AgreementRule

_HEAD = struct.Struct("<8s6I64s4I")
_POINT = struct.Struct("<32s3dI4B")
_UTTERANCE = struct.Struct("<IfIHH")
_ALIGNMENT = 8

HANGS, FAULTS = 1, 2
FOR_EVER = (1 << 16) - 1


@dataclass(frozen=True)
class Mishap:
    """What comes of an utterance in place of an answer, while the board has started so often."""

    utterance: int
    kind: int
    until: int = FOR_EVER


def record(
    bundle: Bundle,
    utterances: Sequence[tuple[float, Sequence[LogProbs]]],
    points: dict[str, RecordedRule],
    mishaps: Sequence[Mishap] = (),
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
    met = {mishap.utterance: (mishap.kind, mishap.until) for mishap in mishaps}
    table = [
        _UTTERANCE.pack(count, duration, place, *met.get(number, (0, 0)))
        for number, (count, (duration, _), place) in enumerate(
            zip(frames, utterances, places, strict=True)
        )
    ]
    utterances_at = append(b"".join(table))
    content[: _HEAD.size] = _HEAD.pack(
        b"EEREC 2",
        len(content),
        len(utterances),
        len(points),
        len(bundle.exits),
        len(spelled),
        max(frames),
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


def with_recording(bundle: Bundle, recording: bytes, path: Path) -> Bundle:
    """Copy a bundle to `path`, with a recording among its files, calibrated for the board."""
    shutil.copytree(bundle.path, path)
    (path / RECORDING).write_bytes(recording)
    files = {**bundle.manifest.files, RECORDING: FileEntry.of(path / RECORDING)}
    (path / MANIFEST).unlink()
    bundle.manifest.model_copy(update={"files": dict(sorted(files.items()))}).write(path)
    recorded = Bundle.open(path)
    write_calibration(recorded, BOARD, [], [])
    return recorded


def make_recorded(path: Path, seed: int, *mishaps: Mishap) -> Bundle:
    """Make a bundle of random bytes, and two utterances whose exits all read the same."""
    bundle = make_bundle(path.with_name(f"{path.name}-random"), seed, size=300, boards=())
    logits = np.random.default_rng(seed).normal(0, 3, (2, 5, len(bundle.tokens)))
    log_probs = (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).astype(np.float32)
    utterances = [(0.2, [one] * len(bundle.exits)) for one in log_probs]
    points: dict[str, RecordedRule] = {"full": FixedRule(exit=bundle.exits[-1])}
    return with_recording(bundle, record(bundle, utterances, points, mishaps), path)
