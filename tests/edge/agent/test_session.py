"""The agent's answers, with a bundle that really runs."""

from __future__ import annotations

import itertools
import os
import select
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from boards.board import load_board
from edge.agent.serve import Gone, Server
from edge.agent.session import Session
from edge.bundle import Bundle
from edge.recogniser import Recogniser
from edge.state.source import LocalSource
from edge.wire import Frame, Message, Receiver, Text, decode, encode, encode_frame
from edge.wire.messages import (
    Ack,
    Hello,
    ListFiles,
    Load,
    Loaded,
    Refused,
    Result,
    Run,
    SetPoint,
    Sound,
    Telemetry,
    Watch,
)
from tests.edge.calibrated import point, write_calibration

HELLO = Hello(1, 1, 4096, 0, 7, "test", "")
RATE = 16_000
SOUND = (np.random.default_rng(1).standard_normal(RATE // 4) * 3000).astype("<i2").tobytes()
SAMPLES = len(SOUND) // 2


@pytest.fixture
def ask(copy: Path) -> Callable[..., list[Message]]:
    """A session that has greeted and loaded; send it messages, and get its answers."""
    session = Session(copy, load_board("host"))
    numbers = itertools.count()

    def ask(*messages: Message) -> list[Message]:
        frames = [encode(message, next(numbers)) for message in messages]
        return [answer for frame in frames for answer in session.answer(frame)]

    ask(HELLO)
    return ask


def utterance(number: int) -> list[Message]:
    """An utterance in two parts."""
    half = SAMPLES // 2
    return [
        Run(number, SAMPLES, RATE),
        Sound(number, 0, SOUND[: 2 * half]),
        Sound(number, half, SOUND[2 * half :]),
    ]


def test_an_utterance_is_recognised_as_it_is_without_a_link(ask, copy):
    (loaded,) = ask(Load("", ""))
    bundle = Bundle.open(copy)
    assert loaded == Loaded(bytes.fromhex(bundle.identity), bytes(bundle.exits), "", "")
    *acks, result = ask(*utterance(1))
    assert [type(ack) for ack in acks] == [Ack, Ack]
    sound = np.frombuffer(SOUND, "<i2").astype(np.float32) / np.float32(1 << 15)
    alone = Recogniser(bundle).transcribe(sound)
    assert (result.text, result.exit, result.blocks) == (alone.text, alone.exit, alone.blocks)
    assert result.duration_s == pytest.approx(0.25)


def test_an_utterance_that_is_sent_again_is_not_run_again(ask):
    ask(Load("", ""))
    *_, first = ask(*utterance(5))
    (again,) = ask(Run(5, SAMPLES, RATE))
    assert again == first
    ask(Hello(1, 1, 4096, 0, 8, "another host", ""))
    (ack,) = ask(Run(5, SAMPLES, RATE))
    assert isinstance(ack, Ack)


def test_a_cap_and_a_point_hold_from_the_next_utterance_on(copy):
    bundle = Bundle.open(copy)
    least = point("least", rule={"kind": "fixed", "exit": bundle.exits[0]})
    write_calibration(bundle, "host", [least], [])
    session = Session(copy, load_board("host"))

    def ask(*messages):
        return [got for one in messages for got in session.answer(encode(one, 3))]

    *_, loaded = ask(HELLO, Load("", ""))
    assert (loaded.points, loaded.point) == ("full\nleast", "full")
    exits = []
    for number, (name, deepest) in enumerate([("", 0), ("", 3), ("least", 0), ("full", 0)]):
        assert ask(SetPoint(name, deepest)) == [Ack(3)]
        result = ask(*utterance(number))[-1]
        exits.append(result.exit)
    assert exits == [bundle.exits[-1], bundle.exits[1], bundle.exits[0], bundle.exits[-1]]
    (refused,) = ask(SetPoint("lest", 0))
    assert isinstance(refused, Refused)
    assert "did you mean 'least'?" in refused.tries


@pytest.mark.parametrize(
    ("messages", "what"),
    [
        ([SetPoint("", 0)], "no bundle is loaded"),
        ([Load("", ""), Sound(1, 0, b"ab")], "was not begun"),
        ([Load("", ""), Run(1, 0, RATE)], "is not run"),
        ([Load("", ""), Run(1, 4_000_000_000, RATE)], "is not run"),
        ([Load("", ""), Run(1, 9, RATE), Sound(1, 5, b"ab")], "from sample 5 on, but 0"),
        ([Load("", ""), Run(1, 1, RATE), Sound(1, 0, b"abcd")], "more sound than"),
        ([Load("", ""), Run(1, 1, 8000), Sound(1, 0, b"ab")], "takes 16000 Hz"),
        ([Load("", "deep")], "not calibrated"),
        ([Load("", ""), SetPoint("", 0), SetPoint("deep", 0)], "not calibrated"),
        ([Load("", ""), SetPoint("", 0), SetPoint("", 0), ListFiles(0)], "cannot be flashed"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(ask, messages, what):
    refused = ask(*messages)[-1]
    assert isinstance(refused, Refused)
    assert what in refused.what
    assert refused.number == len(messages)


def test_sound_that_comes_twice_is_taken_once(ask):
    ask(Load("", ""))
    begin, first, second = utterance(1)
    *_, once = ask(begin, first, second)
    _, begin2, first2, second2 = Run(2, 0, 0), *utterance(2)
    *_, twice = ask(begin2, first2, first2, second2)
    assert isinstance(twice, Result)
    assert twice.text == once.text


def test_nothing_is_taken_before_hello_and_other_versions_not_at_all(copy):
    session = Session(copy, load_board("host"))
    (refused,) = session.answer(encode(Load("", ""), 0))
    assert isinstance(refused, Refused)
    assert "before Hello" in refused.what
    (refused,) = session.answer(encode(Hello(2, 3, 4096, 0, 7, "newer", ""), 0))
    assert isinstance(refused, Refused)
    assert "no version 1" in refused.what


def test_telemetry_says_what_can_be_read_and_none_for_the_rest(copy, tmp_path):
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("61500\n")
    board = load_board("raspberry-pi-4")
    source = LocalSource(tmp_path)
    session = Session(copy, board, source=source, clock=lambda: 5.0)
    told = session.telemetry()
    assert (told.time_ms, told.celsius, told.battery_percent) == (5000, 61.5, None)
    (zone / "temp").write_text("-87900\n")
    assert session.telemetry().celsius is None


def test_hello_says_what_there_is_not_apart_from_what_cannot_be_read(copy, tmp_path):
    def lacks(board: str) -> tuple[bool, bool]:
        said = Session(copy, load_board(board), source=LocalSource(tmp_path)).hello().capabilities
        return bool(said & 1 << 4), bool(said & 1 << 5)

    assert lacks("host") == (True, True)
    assert lacks("raspberry-pi-4") == (False, True), "a sensor that cannot be read is one"
    supply = tmp_path / "sys/class/power_supply/BAT0"
    supply.mkdir(parents=True)
    (supply / "type").write_text("Battery\n")
    assert lacks("host") == (True, False), "a battery that cannot be read is one"


def receive(read: Callable[[], bytes], kind: type[Message], until: float) -> Message:
    receiver = Receiver()
    while time.monotonic() < until:
        for item in receiver.feed(read()):
            if isinstance(item, Frame) and isinstance(decode(item), kind):
                return decode(item)
    raise AssertionError(f"no {kind.__name__} came")


def test_it_serves_standard_input_and_output(copy):
    agent = subprocess.Popen(
        [sys.executable, "-m", "edge.agent", copy],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert agent.stdin is not None
    assert agent.stdout is not None
    out = agent.stdout.fileno()
    try:
        for number, message in enumerate([HELLO, Load("", ""), *utterance(1)]):
            agent.stdin.write(b"noise\n" + encode_frame(encode(message, number)))
        agent.stdin.flush()
        result = receive(lambda: os.read(out, 1 << 16), Result, time.monotonic() + 30)
        assert isinstance(result, Result)
        assert result.utterance == 1
        agent.stdin.close()
        assert agent.wait(10) == 0
    finally:
        agent.kill()
        agent.wait()
        agent.stdout.close()


@pytest.fixture
def served(copy: Path) -> Iterator[int]:
    """The host's end of a pty, at the other end of which a session is served."""
    host, device = os.openpty()
    tty.setraw(device)
    server = Server(Session(copy, load_board("host")), device, device)

    def serve() -> None:
        try:
            server.serve()
        except (Gone, OSError):
            return

    thread = threading.Thread(target=serve)
    thread.start()
    yield host
    os.close(host)
    thread.join(10)
    os.close(device)
    assert not thread.is_alive()


def test_telemetry_comes_at_its_interval_over_a_tty(served):
    def read() -> bytes:
        ready, _, _ = select.select([served], [], [], 0.2)
        return os.read(served, 4096) if ready else b""

    os.write(served, encode_frame(encode(HELLO, 0)) + encode_frame(encode(Watch(50), 1)))
    receiver = Receiver()
    times: list[int] = []
    until = time.monotonic() + 10
    while len(times) < 5 and time.monotonic() < until:
        for item in receiver.feed(read()):
            assert not isinstance(item, Text)
            message = decode(item)
            if isinstance(message, Telemetry):
                times.append(message.time_ms)
    assert len(times) == 5
    assert times[-1] - times[0] >= 150
