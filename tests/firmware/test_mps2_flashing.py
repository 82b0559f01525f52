"""A Cortex-M7 is flashed over its UART, and has a whole bundle whatever is cut off, and when."""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boards.errors import EedgeError
from edge.wire import Message
from edge.wire.messages import Begin, Put, PutChunk, Switch, Verify
from eedge.cli import group
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError, FlashError, LinkLostError
from firmware_host.flash import Flasher, Parcel
from firmware_host.flash.conversation import Conversation
from firmware_host.links import Stream
from tests.firmware.mps2 import Board, Port
from tests.firmware.recording import BOARD, FAULTS, Mishap, make_recorded
from tests.flashable import make_bundle

pytestmark = pytest.mark.slow

CUTS = int(os.environ.get("EEDGE_BOOTS", "10")) // 2
Make = Callable[..., Parcel]


@pytest.fixture
def board(mps2: Path, tmp_path: Path) -> Board:
    return Board(mps2, tmp_path / "psram")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(seed: int, *mishaps: Mishap) -> Parcel:
        return Parcel.of(make_recorded(tmp_path / f"{seed}.eedge", seed, *mishaps).path)

    return make


class Cut:
    """A stream whose board loses its power once it was sent so many bytes."""

    def __init__(self, stream: Stream, left: int) -> None:
        self._stream, self._left = stream, left
        self.read = stream.read
        self.close = stream.close

    def write(self, data: bytes) -> None:
        self._stream.write(data[: max(self._left, 0)])
        self._left -= len(data)
        if self._left < 0:
            self._stream.close()
            raise LinkLostError("its power is gone")


def runs(board: Board) -> str:
    """What it loads, after it has checked all of it."""
    with closing(board.on()) as stream:
        agent = Agent(stream)
        agent.greet()
        return agent.load().identity.hex()


def test_it_is_flashed_by_the_command_and_goes_back(board: Board, make: Make, tmp_path: Path):
    first, second = make(1), make(2)

    def flash(*args: str) -> Any:
        with board.on_a_port() as port:
            done = CliRunner().invoke(
                group, ["flash", *args, "--device", f"serial:{port}", "--json"]
            )
        assert done.exit_code == 0, done.output
        (device,) = json.loads(done.stdout)["data"]["devices"]
        return device

    board.leave_with(first)
    done = flash(str(tmp_path / "2.eedge"))
    had = {piece.sha256 for piece in first.pieces}
    assert (done["outcome"], done["board"]) == ("flashed", BOARD)
    assert done["files_sent"] == sum(piece.sha256 not in had for piece in second.pieces)
    assert runs(board) == second.identity.hex()
    assert flash("--rollback")["identity"] == first.identity.hex() == runs(board)


def test_without_power_at_any_moment_it_has_a_whole_bundle(board: Board, make: Make):
    chance = random.Random(4)
    first, second = make(1), make(2)
    board.leave_with(first)
    with closing(board.on()) as stream:
        assert Flasher("left", lambda: stream).flash(first).outcome == "unchanged"
    outcomes = []
    for _ in range(CUTS):
        before = runs(board)
        target = second if before == first.identity.hex() else first
        stream = Cut(board.on(), chance.randrange(5000))
        with contextlib.suppress(EedgeError):
            Flasher("cut", over(stream), tries=0).flash(target, trial=False)
        stream.close()
        assert runs(board) in (before, target.identity.hex())
        outcomes.append(runs(board) != before)
    assert {*outcomes} == {True, False}


def test_what_was_sent_before_the_power_went_is_not_sent_again(board: Board, make: Make):
    parcel = make(1)
    streams = iter([Cut(board.on(), parcel.size * 3 // 4)])
    flasher = Flasher("m7", lambda: next(streams, None) or board.on())
    done = flasher.flash(parcel)
    assert (done.outcome, done.reconnected) == ("flashed", 1)
    assert done.bytes_sent < parcel.size * 5 // 4


def test_what_cannot_be_run_is_gone_back_from(board: Board, make: Make, tmp_path: Path):
    good, faults = make(1), make(3, Mishap(1, FAULTS))
    silent = Parcel.of(make_bundle(tmp_path / "silent.eedge", 2, size=300, boards=(BOARD,)).path)
    board.leave_with(good)
    with pytest.raises(FlashError, match=r"needs a recording.bin .*the one before it is run again"):
        Flasher("m7", board.on).flash(silent)
    assert runs(board) == good.identity.hex()
    # The trial is utterance 2 ** 32 - 1, the second of two.
    with closing(board.on()) as stream, pytest.raises(FlashError, match="over it; the one before"):
        Flasher("m7", lambda: Port(stream)).flash(faults)
    assert runs(board) == good.identity.hex()


def over(stream: Stream) -> Callable[[], Stream]:
    """Return what opens a link that is open already."""
    return lambda: stream


def test_what_is_not_whole_is_not_switched_to(board: Board, make: Make):
    parcel = make(1)
    manifest = parcel.pieces[0]
    assert manifest.path == "manifest.json"
    with closing(board.on()) as stream:
        agent = Conversation(stream)
        agent.greet()
        assert agent.list_files(0).files == {}
        with pytest.raises(AgentRefusedError, match="nothing is being written"):
            agent.put(manifest)
        refused(agent, Begin(bytes(32), 65, 1, ""), "is not taken")
        refused(agent, Begin(bytes(32), 1, 1 << 33, ""), "is not taken")
        agent.begin(parcel)
        for path in ("../a", "/a", "a//b", ".a", "a/.b", "a\\b", "a.part", "a\nb", "", "a" * 251):
            refused(agent, Put(1, bytes(32), path), "leads out of the bundle")
        refused(agent, Put(parcel.size + 1, bytes(32), "a"), "than were announced")
        agent.put(manifest)
        refused(agent, PutChunk(5, b"x"), "beyond those that are there")
        refused(agent, PutChunk(manifest.size, b"x"), "beyond its end")
        refused(agent, PutChunk(0, bytes(manifest.size)), "not what was announced")
        refused(agent, PutChunk(0, b"x"), "no file that was named")
        refused(agent, Verify(parcel.identity), "not as many files")
        refused(agent, Switch(parcel.identity), "not verified")
        with pytest.raises(AgentRefusedError, match="no bundle before"):
            agent.roll_back()
        with pytest.raises(AgentRefusedError, match="no bundle has been flashed"):
            agent.load()


def refused(agent: Conversation, message: Message, what: str) -> None:
    with pytest.raises(AgentRefusedError, match=what):
        agent._insist(message)  # what no host asks for in words of its own


def test_one_bit_that_changes_on_the_chip_is_noticed(board: Board, make: Make):
    parcel = make(1)
    board.leave_with(parcel)
    memory = bytearray(board.memory.read_bytes())
    piece = next(piece for piece in parcel.pieces if piece.path == "block_02.tflite")
    memory[memory.index(piece.place.read_bytes())] ^= 1
    board.memory.write_bytes(memory)
    with closing(board.on()) as stream:
        agent = Conversation(stream)
        agent.greet()
        assert not agent.list_files(0).holds(parcel)
        with pytest.raises(AgentRefusedError, match="not as it was sent"):
            agent.load()
    done = Flasher("m7", board.on).flash(parcel)
    assert (done.outcome, done.files_sent) == ("flashed", 1)
