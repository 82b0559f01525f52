"""Frames in a stream that loses, flips and doubles bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire import Frame, Receiver, Text, WireError, cobs, encode_frame
from edge.wire.frame import LONGEST_ENCODED, MAX_BODY

FRAMES = st.lists(st.binary(max_size=300), min_size=1, max_size=3).map(
    lambda bodies: [Frame(len(body) % 256, at, body) for at, body in enumerate(bodies)]
)
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "lose", "double", "cut", "garbage"]),
        st.integers(0, 1 << 20),
        st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=3,
)
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).map(
    lambda text: text + "\n"
)


def received(stream: bytes) -> list[Frame | Text]:
    return Receiver().feed(stream)


def damaged(stream: bytes, damage: list[tuple[str, int, bytes]]) -> bytes:
    for what, place, noise in damage:
        if not stream:
            return stream
        at = place % len(stream)
        before, byte, after = stream[:at], stream[at : at + 1], stream[at + 1 :]
        match what:
            case "flip":
                stream = before + bytes([byte[0] ^ 1 << place % 8]) + after
            case "lose":
                stream = before + after
            case "double":
                stream = before + byte + byte + after
            case "cut":
                stream = before
            case _:
                stream = before + noise + byte + after
    return stream


def comes_through(before: list[Frame], hit: list[Frame], behind: list[Frame], damage) -> None:
    """Damage costs what it hits, makes nothing up, and the next frame is received."""
    streams = [b"".join(map(encode_frame, part)) for part in (before, hit, behind)]
    found = received(streams[0] + damaged(streams[1], damage) + streams[2])
    frames = [item for item in found if isinstance(item, Frame)]
    assert frames[: len(before)] == before
    assert frames[len(frames) - len(behind) :] == behind
    rest = iter(hit)
    assert all(frame in rest for frame in frames[len(before) : len(frames) - len(behind)])


@settings(max_examples=60, deadline=None)
@given(FRAMES, FRAMES, FRAMES, DAMAGE)
def test_damage_costs_what_it_hits_and_no_more(before, hit, behind, damage):
    comes_through(before, hit, behind, damage)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(FRAMES, FRAMES, FRAMES, DAMAGE)
def test_ten_thousand_damaged_streams_yield_no_frame_that_was_not_sent(before, hit, behind, damage):
    comes_through(before, hit, behind, damage)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600), st.lists(st.integers(0, 600), max_size=5))
def test_the_pieces_in_which_bytes_come_do_not_matter_to_frames(noise, cuts):
    stream = encode_frame(Frame(1, 2, b"\0a\n")) + noise + encode_frame(Frame(3, 4, b"b" * 254))
    receiver, frames, begin = Receiver(), [], 0
    for end in [*sorted(cuts), len(stream)]:
        frames += receiver.feed(stream[begin : max(begin, end)])
        begin = max(begin, end)
    assert [item for item in frames if isinstance(item, Frame)] == [
        item for item in received(stream) if isinstance(item, Frame)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(LINES, st.builds(Frame, st.just(1), st.just(2), st.binary(max_size=9)))))
def test_text_between_frames_is_handed_out_in_its_place(items):
    stream = b"".join(
        item.encode() if isinstance(item, str) else encode_frame(item) for item in items
    )
    receiver = Receiver()
    assert receiver.feed(stream) == [
        Text(item) if isinstance(item, str) else item for item in items
    ]
    assert receiver.noise == 0


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, 508, MAX_BODY])
@pytest.mark.parametrize("byte", [b"\0", b"\1", b"\xff", b"\n"])
def test_a_body_of_any_length_comes_through(size, byte):
    frame = Frame(0x80, 65_535, byte * size)
    encoded = encode_frame(frame)
    assert 0 not in encoded[1:-1]
    assert len(encoded) - 2 <= LONGEST_ENCODED
    assert received(encoded) == [frame]


@given(st.binary(max_size=1000))
def test_stuffing_leaves_no_zero_and_is_undone(data):
    assert 0 not in cobs.encode(data)
    assert cobs.decode(cobs.encode(data)) == data


def test_the_last_length_byte_behind_254_bytes_may_be_left_out():
    data = bytes(range(1, 255))
    assert cobs.decode(b"\xff" + data) == data
    assert cobs.decode(b"\xff" + data + b"\x01") == data


def test_a_body_that_is_too_long_is_not_sent():
    with pytest.raises(WireError, match="longer than 4096"):
        encode_frame(Frame(1, 1, bytes(MAX_BODY + 1)))


def test_a_line_of_text_needs_no_frame_behind_it():
    receiver = Receiver()
    assert receiver.feed(b"boot 1.2\nready") == [Text("boot 1.2\n")]
    assert receiver.feed(b"\n") == [Text("ready\n")]


def test_a_prompt_is_given_when_asked_for_and_a_frame_that_was_begun_is_kept():
    receiver = Receiver()
    assert receiver.feed(b"login: ") == []
    assert receiver.flush() == [Text("login: ")]
    frame = encode_frame(Frame(1, 0, b"a" * 70))
    for cut in range(len(frame)):
        receiver.feed(frame[:cut])
        assert receiver.flush() == []
        assert receiver.feed(frame[cut:]) == [Frame(1, 0, b"a" * 70)]


def test_noise_is_counted_and_never_held_without_end():
    receiver = Receiver()
    for _ in range(100):
        receiver.feed(b"\xfe" * 1000)
    assert receiver.noise > 90_000
    assert len(receiver._held) <= LONGEST_ENCODED
    assert receiver.feed(encode_frame(Frame(1, 0, b""))) == [Frame(1, 0, b"")]


def test_a_frame_of_another_version_is_passed_over(monkeypatch):
    monkeypatch.setattr("edge.wire.frame.VERSION", 2)
    newer = encode_frame(Frame(1, 0, b""))
    monkeypatch.undo()
    receiver = Receiver()
    assert receiver.feed(newer) == []
    assert receiver.foreign == 1
    assert receiver.noise == 0


def test_an_hour_of_telemetry_at_10_hz_loses_nothing():
    receiver = Receiver()
    sent = [Frame(0x19, number % 65_536, number.to_bytes(40, "big")) for number in range(36_000)]
    stream = b"".join(map(encode_frame, sent))
    got = []
    for begin in range(0, len(stream), 997):
        got += receiver.feed(stream[begin : begin + 997])
    assert got == sent


def test_a_frame_that_begins_like_a_line_is_received_in_any_pieces() -> None:
    # No 0 among the first nine bytes: the frame's length byte is a line feed.
    frame = Frame(7, 0x0101, b"x" * 5 + b"\0")
    stream = encode_frame(frame)
    assert stream[1:2] == b"\n"
    receiver = Receiver()
    assert [item for byte in stream for item in receiver.feed(bytes([byte]))] == [frame]
