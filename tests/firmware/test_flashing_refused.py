"""What the agent in C does not take, and that what it runs stays whole by that."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.contents import check_path
from edge.slots import Slots
from edge.wire import Message
from edge.wire.messages import (
    Ack,
    Begin,
    Hello,
    ListFiles,
    Load,
    Put,
    PutChunk,
    Refused,
    Rollback,
    Slot,
    Switch,
    Verify,
)
from tests.edge.agent.test_flashing import beginning, files, flashed
from tests.firmware.flashing import HELLO, Asked, Line, Process, on_disks, runs
from tests.firmware_host.flash.agents import HOST
from tests.flashable import make_bundle

pytestmark = pytest.mark.slow


def test_an_agent_without_a_bundle_says_so(asked: Asked) -> None:
    refused, slot, back = asked.ask(Load("", ""), ListFiles(0), Rollback())
    assert isinstance(refused, Refused)
    assert refused.what == "no bundle has been flashed yet"
    assert isinstance(slot, Slot)
    assert (slot.identity, slot.files) == (bytes(32), 0)
    assert isinstance(back, Refused)
    assert back.what == "there is no bundle before the current one"


def test_one_that_cannot_be_flashed_says_so(line: Line, bundles: list[Bundle]) -> None:
    program, _, _, *runtime = line("")
    stream = Process([program, str(bundles[0].path), *runtime])
    agent = Asked(stream)
    (hello, refused) = agent.ask(HELLO, ListFiles(0))
    assert isinstance(hello, Hello)
    assert not hello.capabilities & (1 << 1 | 1 << 3)
    assert isinstance(refused, Refused)
    assert refused.what == "this agent cannot be flashed"
    stream.close()


def test_no_path_leads_out_of_the_slot(asked: Asked, slots: Path, tmp_path: Path) -> None:
    chance = random.Random(9)
    outside = tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    before = sorted(tmp_path.iterdir())
    odd = [
        "../x",
        "/x",
        "a/../../x",
        "a//b",
        "",
        ".",
        "a/.",
        ".a",
        "a\\b",
        "x.part",
        "a/",
        "é" * 126,
    ]
    odd += ["".join(chance.choices("ab./\\\n é", k=chance.randrange(8))) for _ in range(300)]
    digest = hashlib.sha256(b"x").digest()
    for path in [*odd, "fine/file"]:
        asked.ask(Begin(bytes(32), 5, 10, "x"))
        for name in ("a", "ab", "b"):
            if not os.path.lexists(slots / "a" / name):
                (slots / "a" / name).symlink_to(outside)
        put, chunk = asked.ask(Put(1, digest, path), PutChunk(0, b"x"))
        try:
            check_path(path)
        except EedgeError:
            assert isinstance(put, Refused), path
            assert isinstance(chunk, Refused), path
            continue
        assert isinstance(chunk, Ack), path
        assert (slots / "a" / path).read_bytes() == b"x"
    assert [path.name for path in outside.iterdir()] == ["kept"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("messages", "what"),
    [
        ([Begin(bytes(32), 0, 1, "")], "is not taken"),
        ([Begin(bytes(32), 1001, 1, "")], "is not taken"),
        ([Begin(bytes(32), 1, (1 << 32) + 1, "")], "is not taken"),
        ([Put(1, bytes(32), "a")], "nothing is being written"),
        ([Begin(bytes(32), 1, 9, ""), Put(10, bytes(32), "a")], "than were announced"),
        ([Begin(bytes(32), 1, 9, ""), Put(1, bytes(32), "a"), Put(1, bytes(32), "b")], "announced"),
        ([Begin(bytes(32), 1, 9, ""), Put(9, bytes(32), "a"), PutChunk(1, b"x")], "0 are there"),
        ([Begin(bytes(32), 1, 9, ""), Put(9, bytes(32), "a"), PutChunk(0, bytes(10))], "its end"),
        (
            [Begin(bytes(32), 1, 9, ""), Put(1, bytes(32), "a"), PutChunk(0, b"x")],
            "not what was announced",
        ),
        ([Begin(bytes(32), 1, 9, ""), Verify(bytes(32))], "0 files of 0 bytes were sent"),
        ([Begin(bytes(32), 1, 9, ""), Switch(bytes(32))], "not verified"),
        ([ListFiles(3)], "no slot 3"),
    ],
)
def test_what_is_too_large_or_out_of_order_is_refused(
    asked: Asked, slots: Path, messages: list[Message], what: str
) -> None:
    last = asked.ask(*messages)[-1]
    assert isinstance(last, Refused)
    assert what in last.what
    assert not [path for path in (slots / "a").iterdir() if path.suffix != ".part"]


def test_what_is_not_for_the_board_or_was_changed_is_refused(
    asked: Asked, slots: Path, bundles: list[Bundle], tmp_path: Path
) -> None:
    first, second, _ = bundles
    asked.ask(*flashed(first))
    other = make_bundle(tmp_path / "other.eedge", 5, boards=("raspberry-pi-5",))
    *_, refused, _ = asked.ask(*flashed(other))
    assert isinstance(refused, Refused)
    assert refused.kind == "CalibrationError"
    assert refused.what.endswith("b: is not calibrated for board 'host'")
    other.manifest.model_copy(update={"target": "edgetpu"}).write(other.path)
    *_, refused = asked.ask(beginning(other), *files(other)[:2])
    assert isinstance(refused, Refused)
    assert refused.what == "the bundle was converted for edgetpu, but board 'host' runs cpu"
    asked.ask(beginning(second), *files(second))
    damaged = slots / "b/block_02.tflite"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    (refused,) = asked.ask(Verify(bytes.fromhex(second.identity)))
    assert isinstance(refused, Refused)
    assert refused.what == "block_02.tflite: is not there, or not as it was sent"
    assert runs(slots) == first.identity


def test_where_the_pointer_is_damaged_a_whole_bundle_is_found(
    asked: Asked, slots: Path, bundles: list[Bundle]
) -> None:
    asked.ask(*flashed(bundles[0]), *flashed(bundles[1]))
    (slots / "a/tokens.txt").unlink()
    (slots / "current.json").write_text("{")
    slot = asked.ask(ListFiles(0))[0]
    assert isinstance(slot, Slot)
    assert slot.identity.hex() == bundles[1].identity


def test_nobody_overwrites_what_another_program_writes_or_runs(
    asked: Asked, slots: Path, bundles: list[Bundle]
) -> None:
    first, second, third = bundles
    asked.ask(*flashed(first), beginning(second))
    python = Slots(slots, HOST)
    with pytest.raises(EedgeError, match="another program"):
        python.begin(bytes(32), 1, 1)
    asked.ask(*flashed(second))
    held = python.hold()
    assert held is not None
    asked.ask(*flashed(third))
    refused = asked.ask(beginning(first))[0]
    assert isinstance(refused, Refused)
    assert "another program writes there, or runs what is there" in refused.what
    held.release()
    assert isinstance(asked.ask(*flashed(first))[-1], Ack)


def test_with_a_full_disk_it_has_what_it_had(
    line: Line, tmp_path: Path, bundles: list[Bundle]
) -> None:
    """A bundle has 145 KB, of which two share 84 KB."""
    disk = tmp_path / "disk"
    script = 'mount -t tmpfs -o size=330k none "$0"'
    stream, agent, seen = on_disks(line(disk / "slots"), script, disk)
    agent.ask(*flashed(bundles[0]))
    assert runs(seen) == bundles[0].identity
    refused = agent.ask(Begin(bytes(32), 1, 1 << 32, ""), Put(1 << 31, bytes(32), "large"))[-1]
    assert isinstance(refused, Refused)
    assert "large: needs 2147483648 bytes" in refused.what
    other = make_bundle(tmp_path / "other.eedge", 5, size=20_000, changed=7)
    first, *_ = [one for one in agent.ask(*flashed(other)) if isinstance(one, Refused)]
    assert "make room on the device" in first.tries
    assert runs(seen) == bundles[0].identity
    assert {type(answer) for answer in agent.ask(*flashed(bundles[1]))} == {Ack}
    assert runs(seen) == bundles[1].identity
    stream.close()


def test_where_files_cannot_be_linked_they_are_copied(
    line: Line, tmp_path: Path, bundles: list[Bundle]
) -> None:
    disk = tmp_path / "disk"
    script = 'mount -t tmpfs none "$0/slots/a" && mount -t tmpfs none "$0/slots/b"'
    stream, agent, seen = on_disks(line(disk / "slots"), script, disk)
    first, second, _ = bundles
    agent.ask(*flashed(first), beginning(second))
    shared = "frontend.tflite"
    agent.ask(*(one for one in files(second) if isinstance(one, Put) and one.path == shared))
    assert (seen / "b" / shared).read_bytes() == (second.path / shared).read_bytes()
    assert {type(answer) for answer in agent.ask(*flashed(second))} == {Ack}
    assert runs(seen) == second.identity
    stream.close()
