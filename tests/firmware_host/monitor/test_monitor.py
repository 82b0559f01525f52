"""What a device says, on a line that breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.wire import encode, encode_frame
from edge.wire.messages import Log, Telemetry
from firmware_host.errors import TraceError
from firmware_host.links.serial import SerialLink
from firmware_host.monitor.capture import keep, replay
from firmware_host.monitor.filters import Matching, Plain, Times, Without
from firmware_host.monitor.follow import Chunk, Turn, follow
from firmware_host.monitor.lines import Line, Liner
from tests.firmware_host.monitor.dropping import Dropping

TELEMETRY = Telemetry(1000, 61.5, None, 2, 0, 0.1, 3, 0, "full")


def lines(*items: Chunk | Turn) -> list[Line]:
    liner = Liner()
    return [line for item in items for line in liner.take(item)]


def test_a_line_has_the_time_of_its_first_byte() -> None:
    found = lines(
        Chunk(1.0, b"bo"), Chunk(2.0, b"ot\nrea"), Chunk(2.1, b""), Chunk(3.0, b"dy\n"),
        Chunk(4.0, b""), Chunk(5.0, b"go\n"),
    )  # fmt: skip
    assert [(line.at, line.text) for line in found] == [(1.0, "boot"), (2.0, "ready"), (5.0, "go")]


def test_a_prompt_is_shown_when_nothing_follows() -> None:
    found = lines(Chunk(1.0, b"login: "), Chunk(1.1, b""), Chunk(2.0, b""), Chunk(3.0, b"me\n"))
    assert [(line.at, line.text) for line in found] == [(1.0, "login: "), (3.0, "me")]


def test_messages_stand_between_the_lines_with_their_fields() -> None:
    log = encode_frame(encode(Log(30, "hot"), 0))
    told = encode_frame(encode(TELEMETRY, 1))
    found = lines(Chunk(1.0, b"a\n" + log + told[:9]), Chunk(2.0, told[9:] + b"b\n"))
    assert [line.kind for line in found] == ["text", "Log", "Telemetry", "text"]
    assert found[1].text == "warning: hot"
    assert found[2].record()["celsius"] == 61.5
    assert "celsius=61.5" in found[2].text


def test_the_last_words_before_a_break_are_not_lost() -> None:
    found = lines(Chunk(1.0, b"panic: no m"), Turn(2.0, False, "is gone"), Chunk(3.0, b"up\n"))
    assert [(line.kind, line.text) for line in found] == [
        ("text", "panic: no m"),
        ("link", "is gone"),
        ("text", "up"),
    ]


def test_filters_change_how_a_line_looks() -> None:
    line = Line(0.0, "text", "\x1b[31mred\x1b[0m \x1b]0;title\x07text\r")
    assert Plain().show(line, line.text) == "red text"
    assert re.fullmatch(r"\d\d:00:00\.000 x", Times().show(line, "x"))
    assert Without("Telemetry").show(Line(0.0, "Telemetry", ""), "x") is None
    assert Matching(re.compile("gre+n")).show(line, "x") is None
    assert Matching(re.compile("red")).show(line, "x") == "x"


def test_a_capture_is_replayed_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "a.capture"
    items: list[Chunk | Turn] = [
        Turn(1.0, True, "connected"),
        Chunk(2.0, bytes(range(256))),
        Chunk(3.0, b""),
    ]
    with path.open("w") as file:
        for item in items:
            keep(item, file)
    assert list(replay(path)) == items[:2]


@pytest.mark.parametrize("text", ["{}", "[]", "x", '{"at": 1, "data": "!"}', '{"at": "y"}'])
def test_what_is_no_capture_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(TraceError, match=r"a:1: is no line of a capture"):
        list(replay(path))


def heard(path: Path, device: Dropping, drops: int) -> Iterator[str]:
    """Yield the lines that come until the tty has dropped so often."""
    liner, turns = Liner(), 0
    for item in follow(SerialLink(str(path)).stream):
        if isinstance(item, Turn):
            turns += not item.connected
        for line in liner.take(item):
            if line.kind == "text":
                yield line.text
        if turns > drops:
            return


def test_no_line_that_was_sent_while_connected_is_lost(tmp_path: Path) -> None:
    path, drops = tmp_path / "tty", 3
    with Dropping(path) as device:
        got = list(heard(path, device, drops))
        # The last ones may have been said after the listener had gone.
        sent = device.sent[: len(got)]
    assert len(got) >= 5 * drops
    assert got == sent
