"""A serial port, of which a pty is the other end."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.wire import Frame, Receiver, Text, decode, encode, encode_frame
from edge.wire.messages import Ack
from firmware_host.errors import LinkError, LinkLostError
from firmware_host.links import Stream
from firmware_host.links.serial import SerialLink


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    """The device's end, and the name of the host's."""
    device, host = os.openpty()
    tty.setraw(host)
    name = os.ttyname(host)
    yield device, name
    for end in (device, host):
        try:
            os.close(end)
        except OSError:
            continue


def read_to_the_end(stream: Stream) -> None:
    for _ in range(20):
        stream.read(0.2)


def test_frames_and_text_come_through(pty: tuple[int, str]) -> None:
    device, name = pty
    stream = SerialLink(name).stream()
    os.write(device, b"boot\n" + encode_frame(encode(Ack(7), 1)))
    receiver = Receiver()
    found: list[Frame | Text] = []
    until = time.monotonic() + 5
    while len(found) < 2 and time.monotonic() < until:
        found += receiver.feed(stream.read(0.2))
    text, frame = found
    assert text == Text("boot\n")
    assert isinstance(frame, Frame)
    assert decode(frame) == Ack(7)
    stream.write(b"\0\1\2")
    assert os.read(device, 100) == b"\0\1\2"
    stream.close()


def test_nothing_is_waited_for_longer_than_told(pty: tuple[int, str]) -> None:
    stream = SerialLink(pty[1]).stream()
    begin = time.monotonic()
    assert stream.read(0.1) == b""
    assert time.monotonic() - begin < 2
    stream.close()


def test_a_port_is_for_one_program_at_a_time(pty: tuple[int, str]) -> None:
    first = SerialLink(pty[1]).stream()
    with pytest.raises(LinkError, match="cannot be opened"):
        SerialLink(pty[1]).stream()
    first.close()


def test_unplugging_is_a_broken_link(pty: tuple[int, str]) -> None:
    device, name = pty
    stream = SerialLink(name).stream()
    os.close(device)
    with pytest.raises(LinkLostError):
        read_to_the_end(stream)
    stream.close()


@pytest.mark.parametrize("url", ["/dev/nowhere", "socket://127.0.0.1:1", "nonsense://x"])
def test_a_port_that_is_not_there_is_refused(url: str) -> None:
    with pytest.raises(LinkError, match="cannot be opened"):
        SerialLink(url).stream()


def test_any_url_of_pyserial_is_a_port() -> None:
    stream = SerialLink("loop://").stream()
    stream.write(b"round")
    assert stream.read(0.5) == b"round"
    stream.close()


def test_a_port_has_no_shell(tmp_path: Path) -> None:
    link = SerialLink("loop://")
    for call in (
        lambda: link.run(["true"]),
        lambda: link.push(tmp_path, "a"),
        lambda: link.pull("a", tmp_path),
    ):
        with pytest.raises(LinkError, match="no shell"):
            call()
