"""A Cortex-M7 that faults or hangs starts anew, says why, and loses no utterance."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from boards.board import load_board
from edge.bundle import Bundle
from edge.wire import Message, Text, encode, encode_frame
from edge.wire.messages import Log, Run, Sound, Telemetry
from eedge.cli import group
from firmware_host.agent import Agent
from firmware_host.controller import Controller
from firmware_host.errors import AgentRefusedError, LinkLostError
from firmware_host.flash import Parcel
from firmware_host.links import Stream
from firmware_host.links.serial import SerialLink
from tests.firmware.mps2 import Board, Port
from tests.firmware.recording import BOARD, FAULTS, HANGS, Mishap, make_recorded

pytestmark = pytest.mark.slow

RATE = 16_000


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """The second of two utterances hangs the first time, and the first of them faults."""
    return make_recorded(tmp_path / "a.eedge", 1, Mishap(1, HANGS, until=1), Mishap(0, FAULTS, 1))


@pytest.fixture
def board(mps2: Path, bundle: Bundle, tmp_path: Path) -> Board:
    found = Board(mps2, tmp_path / "psram")
    found.leave_with(Parcel.of(bundle.path))
    return found


def begin(stream: Stream, utterance: int) -> None:
    """Send all of an utterance, and wait for nothing."""
    for number, message in enumerate([Run(utterance, 1, RATE), Sound(utterance, 0, bytes(2))], 100):
        stream.write(encode_frame(encode(message, number)))


@pytest.mark.parametrize(
    ("utterance", "reason"),
    [
        (0, "started anew after a fault at 0000[0-9a-f]{4}, status 00008200"),
        (1, "started anew by the watchdog: it hung at 0000[0-9a-f]{4}"),
    ],
)
def test_it_tells_why_it_started_anew(board: Board, utterance: int, reason: str) -> None:
    with closing(board.on()) as stream:
        seen: list[object] = []
        agent = Agent(stream, seen.append)
        first = agent.greet()
        loaded = agent.load()
        begin(stream, utterance)
        second = agent.greet()
        while not (logs := [item for item in seen if isinstance(item, Log)]):
            agent.listen(0.1)
        assert re.fullmatch(reason, logs[0].text)
        assert second.session != first.session
        assert agent.load() == loaded


def test_an_utterance_that_the_watchdog_interrupts_is_run_again_and_heard_once(
    board: Board, bundle: Bundle
) -> None:
    said: list[str] = []
    told: list[Message | Text] = []
    described = load_board("host").model_copy(update={"name": BOARD})
    with board.on_a_port() as port:
        link = SerialLink(str(port))
        controller = Controller(link.stream, bundle, board=described, notice=said.append)
        sound = np.random.default_rng(1).normal(0, 0.1, RATE // 20).astype(np.float32)
        heard = [controller.sound(sound) for _ in range(3)]
        controller.close()
        agent = Agent(link.stream(), told.append)
        agent.greet()
        agent.watch(0.05)
        agent.listen(0.2)
    assert [one.transcript.pieces[0].exit for one in heard] == [3, 3, 3]
    assert heard[0].transcript.text == heard[2].transcript.text != heard[1].transcript.text
    assert any("started anew; trying again" in one for one in said)
    assert any("by the watchdog" in one for one in said)
    assert [one.utterances for one in told if isinstance(one, Telemetry)][-1] == 3


def test_an_utterance_that_ends_the_board_twice_is_given_up(mps2: Path, tmp_path: Path) -> None:
    bundle = make_recorded(tmp_path / "a.eedge", 1, Mishap(1, FAULTS))
    board = Board(mps2, tmp_path / "psram")
    board.leave_with(Parcel.of(bundle.path))
    described = load_board("host").model_copy(update={"name": BOARD})
    with closing(board.on()) as stream:
        controller = Controller(lambda: Port(stream), bundle, board=described)
        sound = np.ones(RATE // 20, np.float32)
        with pytest.raises(AgentRefusedError, match="start anew twice"):
            controller.sound(sound)
        assert controller.sound(sound).transcript.pieces[0].exit == 3
        controller.close()


def test_the_monitor_shows_its_words_and_its_telemetry(board: Board) -> None:
    with board.on_a_port() as port:
        with closing(SerialLink(str(port)).stream()) as stream:
            agent = Agent(stream)
            agent.greet()
            agent.load()
            begin(stream, 0)
            with pytest.raises(LinkLostError, match="started anew"):
                agent.listen(5)
        asked = ["monitor", "--device", f"serial:{port}", "--telemetry", "0.1", "--timeout", "2"]
        done = CliRunner().invoke(group, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in done.stdout.splitlines()]
    told = [record for record in records if record["kind"] == "Telemetry"]
    assert len(told) >= 5
    assert told[-1]["celsius"] is None
    # Said at its start, and again to the first who asks: that one may have missed it.
    (log,) = {record["text"] for record in records if record["kind"] == "Log"}
    assert log.startswith("started anew after a fault")
