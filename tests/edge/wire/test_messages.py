"""What a message says, and what it may not."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire import MESSAGES, Frame, Message, Receiver, WireError, decode, describe, encode
from edge.wire.coding import layout
from edge.wire.frame import MAX_BODY
from edge.wire.messages import Ack, Hello, Log, Put, Result, Telemetry

TELEMETRY = Telemetry(
    time_ms=1 << 40,
    celsius=61.5,
    battery_percent=None,
    charging=2,
    queue=3,
    real_time_factor=0.25,
    utterances=7,
    deepest=0,
    point="wer+0.5",
)
NUMBERS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


def values(kind: str) -> st.SearchStrategy[object]:
    if kind in NUMBERS:
        return st.integers(0, (1 << NUMBERS[kind]) - 1)
    if kind.startswith("f32"):
        number = st.floats(width=32, allow_nan=False, allow_infinity=False)
        return number if kind == "f32" else st.one_of(st.none(), number)
    if kind == "hash":
        return st.binary(min_size=32, max_size=32)
    most = int(kind.split()[-1])
    if kind.startswith("data"):
        return st.binary(max_size=most)
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(letters, max_size=most // 4)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.__name__)
def test_every_message_is_read_as_it_was_written(message: type[Message]) -> None:
    fields = {name: values(kind.name) for name, kind in layout(message)}

    @settings(max_examples=5, deadline=None)
    @given(st.fixed_dictionaries(fields))
    def holds(content: dict[str, object]) -> None:
        sent = message(**content)
        frame = encode(sent, 5)
        assert len(frame.body) <= MAX_BODY
        assert decode(frame) == sent
        assert decode(Frame(frame.type, 5, frame.body + b"more")) == sent

    holds()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.binary(max_size=400))
def test_any_body_is_read_or_refused(code: int, body: bytes) -> None:
    try:
        message = decode(Frame(code, 0, body))
    except WireError:
        return
    assert isinstance(message, MESSAGES[code])


def test_the_document_has_the_tables_of_the_code(repository):
    page = (repository / "docs" / "protocol.md").read_text()
    assert describe() in page
    for kind in {kind.name for message in MESSAGES.values() for _, kind in layout(message)}:
        assert kind.split()[0] in page


def test_the_documents_example_is_what_is_sent(repository):
    page = (repository / "docs" / "protocol.md").read_text()
    example = page.split("```")[1]
    (frame,) = Receiver().feed(bytes.fromhex(example))
    assert isinstance(frame, Frame)
    assert frame.number == 0
    assert decode(frame) == Ack(7)


def test_the_longest_of_each_message_fits_in_a_frame():
    sizes = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "f32": 4, "f32 or NaN": 4, "hash": 32}
    for message in MESSAGES.values():
        names = [kind.name for _, kind in layout(message)]
        longest = sum(sizes.get(name) or 2 + int(name.split()[-1]) for name in names)
        assert longest <= MAX_BODY, message


def test_what_is_not_known_is_none_and_never_a_number():
    frame = encode(TELEMETRY, 0)
    assert decode(frame) == TELEMETRY
    with pytest.raises(WireError, match=r"Telemetry\.celsius"):
        encode(Telemetry(**{**vars(TELEMETRY), "celsius": math.nan}), 0)


def test_nan_where_a_number_must_stand_is_refused():
    result = Result(1, 2, 0, 4.0, 1.0, 0.1, 0.0, None, "full", "a text")
    body = encode(result, 0).body
    at = 4 + 1 + 1
    with pytest.raises(WireError, match=r"Result\.blocks: nan"):
        decode(Frame(Result.code, 0, body[:at] + b"\0\0\xc0\x7f" + body[at + 4 :]))


@pytest.mark.parametrize(
    "message",
    [
        Log(256, "too high a level"),
        Log(10, "x" * 1025),
        Log(10, "cut\0here"),
        Log(10, "\ud800"),
        Put(-1, bytes(32), "a"),
        Put(1, bytes(31), "a"),
        Hello(1, 1, 512, 0, 0, "p" * 65, "host"),
        Result(1, 2, 0, 1e39, 1.0, 0.1, 0.0, None, "full", ""),
    ],
)
def test_what_a_field_cannot_hold_is_not_sent(message: Message) -> None:
    with pytest.raises(WireError):
        encode(message, 0)


def test_a_message_of_an_unknown_type_is_refused():
    with pytest.raises(WireError, match="type 0xEE is not known"):
        decode(Frame(0xEE, 0, b""))


def test_it_needs_nothing_but_python():
    program = "import edge.wire, sys; sys.exit('numpy' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
