"""The protocol in C: the same bytes, the same frames and the same text as Python's."""

from __future__ import annotations

import ctypes
import random
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire import (
    MESSAGES,
    Frame,
    Message,
    Text,
    WireError,
    cobs,
    decode,
    encode,
    encode_frame,
)
from edge.wire import (
    Receiver as PythonReceiver,
)
from edge.wire.coding import layout
from edge.wire.fields import Value
from edge.wire.frame import LONGEST_ENCODED
from firmware import generate
from tests.firmware import wire

_RANGES = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


@pytest.mark.parametrize(
    ("path", "content"),
    generate.files().items(),
    ids=lambda x: x.name if isinstance(x, Path) else "",
)
def test_what_is_generated_from_python_is_what_the_repository_holds(path, content):
    assert path.read_text() == content, "write it anew: python -m firmware.generate"


def some_text(rng: random.Random, most: int) -> str:
    alphabet = "abc é▁\n🎤\u0700"
    text = "".join(rng.choices(alphabet, k=rng.choice([0, 1, 5, most])))
    return text.encode()[:most].decode(errors="ignore")


def some_message(rng: random.Random) -> Message:
    message = rng.choice(list(MESSAGES.values()))
    values: dict[str, Value] = {}
    for name, kind in layout(message):
        word, _, most = kind.name.partition(" ≤ ")
        if word in _RANGES:
            values[name] = rng.getrandbits(rng.choice([1, _RANGES[word]]))
        elif word == "text":
            values[name] = some_text(rng, int(most))
        elif word == "data":
            values[name] = rng.randbytes(rng.choice([0, 1, int(most) // 2, int(most)]))
        elif word == "hash":
            values[name] = rng.choice([bytes(32), rng.randbytes(32)])
        else:
            real = ctypes.c_float(rng.gauss(0, 10 ** rng.randint(-40, 37))).value
            values[name] = None if word.endswith("NaN") and rng.random() < 0.3 else real
    assert set(values) <= set(get_type_hints(message))
    return message(**values)


def same_messages(core: ctypes.CDLL, seed: int, count: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        message, number = some_message(rng), rng.getrandbits(16)
        frame = encode(message, number)
        assert wire.encode(core, message, number) == encode_frame(frame)
        assert wire.decode(core, frame) == decode(frame)


def same_bodies(core: ctypes.CDLL, seed: int, count: int) -> None:
    """Bodies that are damaged, cut off or lengthened are taken by both or by none."""
    rng = random.Random(seed)
    refused = 0
    for _ in range(count):
        frame = encode(some_message(rng), 1)
        body = bytearray(frame.body)
        for _ in range(rng.randint(0, 3)):
            if body:
                body[rng.randrange(len(body))] = rng.choice([0, 0x7F, 0x80, 0xC0, 0xED, 0xFF, 1])
        body = body[: rng.choice([len(body), len(body), rng.randint(0, len(body))])]
        kind = rng.choice([frame.type] * 9 + [rng.getrandbits(8)])
        damaged = Frame(kind, 1, bytes(body) + rng.randbytes(rng.choice([0, 0, 3])))
        try:
            expected = decode(damaged)
        except WireError:
            refused += 1
            assert isinstance(wire.decode(core, damaged), int)
        else:
            assert wire.decode(core, damaged) == expected
    assert 0.1 < refused / count < 0.9


def some_stream(rng: random.Random) -> bytes:
    """Frames and text, and noise, of which some is damaged."""
    parts = []
    for _ in range(rng.randint(1, 6)):
        match rng.randint(0, 5):
            case 0:
                parts.append(some_text(rng, 60).encode())
            case 1:
                parts.append(rng.choice([b"\n", b"login: ", b"\x1b[0m\r\n", b"\xff\n", b"\n\x01"]))
            case 2:
                parts.append(rng.randbytes(rng.randint(1, 40)))
            case _:
                size = rng.choice([0, 3, 50, 50, 250, rng.randint(0, 600)])
                size = size if rng.random() < 0.995 else 4096
                body = rng.choice([rng.randbytes(size), bytes(size), b"\n" * size])
                parts.append(encode_frame(Frame(rng.getrandbits(8), rng.getrandbits(16), body)))
    stream = bytearray(b"".join(parts))
    for _ in range(rng.choice([0, 0, 1, 3])):
        at = rng.randrange(len(stream)) if stream else 0
        match rng.randint(0, 3):
            case 0:
                stream[at : at + 1] = bytes([rng.getrandbits(8)])
            case 1:
                del stream[at : at + 1]
            case 2:
                stream[at:at] = rng.choice([b"\0", b"\n", b"\x02"])
            case _:
                del stream[at:]
    return bytes(stream)


def pieces(rng: random.Random, stream: bytes) -> list[bytes]:
    cuts = sorted(rng.choices(range(len(stream) + 1), k=rng.randint(0, 8)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


def same_streams(core: ctypes.CDLL, seed: int, count: int) -> None:
    rng = random.Random(seed)
    frames = texts = noisy = 0
    for _ in range(count):
        stream = some_stream(rng)
        ours, theirs = PythonReceiver(), wire.Receiver(core)
        # Byte by byte: in larger pieces it may wait to see whether a line is part of a frame.
        expected = [item for byte in stream for item in ours.feed(bytes([byte]))]
        expected += ours.flush()
        found = [item for piece in pieces(rng, stream) for item in theirs.feed(piece)]
        found += theirs.flush()
        assert found == expected, stream
        assert (theirs.noise, theirs.foreign) == (ours.noise, ours.foreign), stream
        frames += sum(isinstance(item, Frame) for item in found)
        texts += sum(isinstance(item, Text) for item in found)
        noisy += theirs.noise > 0
    assert min(frames, texts, noisy) > count / 10


def test_messages_have_the_same_bytes(core):
    same_messages(core, seed=1, count=500)


def test_damaged_bodies_are_refused_alike(core):
    same_bodies(core, seed=2, count=500)


def test_streams_hold_the_same_frames_and_text(core):
    same_streams(core, seed=3, count=300)


@pytest.mark.slow
def test_ten_thousand_messages_bodies_and_streams_agree(core):
    same_messages(core, seed=4, count=3_000)
    same_bodies(core, seed=5, count=4_000)
    same_streams(core, seed=6, count=3_000)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=700), st.integers(0, 255), st.integers(0, 65_535))
def test_any_body_comes_through(core, body, kind, number):
    frame = Frame(kind, number, body)
    assert wire.Receiver(core).feed(encode_frame(frame)) == [frame]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 2, 3, 10, 97, 254, 255]), max_size=12).map(bytes))
def test_a_piece_that_is_no_encoding_is_none_for_both(core, data):
    whole = cobs.decode(data) is not None
    reader = (ctypes.c_uint64 * 8)()
    kept = ctypes.create_string_buffer(data, len(data) + 1)
    core.ee_cobs_read(reader, kept, ctypes.c_size_t(len(data)))
    while (byte := core.ee_cobs_next(reader)) >= 0:
        assert 0 <= byte <= 255
    assert (byte == -1) == whole


def test_a_run_without_end_is_given_up_at_the_same_byte(core):
    stream = b"\xff" * (2 * LONGEST_ENCODED) + b"\0" + encode_frame(Frame(2, 7, b"after"))
    ours, theirs = PythonReceiver(), wire.Receiver(core)
    expected = [item for byte in stream for item in ours.feed(bytes([byte]))]
    assert theirs.feed(stream) == expected == [Frame(2, 7, b"after")]
    assert theirs.noise == ours.noise


def test_an_answer_too_long_for_its_buffer_is_not_written(core):
    out, size = (ctypes.c_uint8 * 64)(), ctypes.c_size_t()
    log = wire.STRUCTURES[4]()
    text = ctypes.create_string_buffer(b"x" * 60)
    log.text = wire._Bytes(ctypes.addressof(text), 60)
    assert core.ee_encode(4, ctypes.byref(log), 0, out, 63, ctypes.byref(size)) != 0
    assert out[63] == 0
