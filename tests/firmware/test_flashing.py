"""Flashing by the agent in C: it answers as Python's does, and leaves the same folders behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.errors import EedgeError
from edge.agent.session import Session
from edge.agent.shelf import Shelf
from edge.bundle import Bundle
from edge.contents import check_path
from edge.slots import Slots, pointer
from edge.slots.check import check_bundle
from edge.wire import Frame, Message, Receiver, decode, encode, encode_frame
from edge.wire.messages import (
    Ack,
    Begin,
    File,
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
from firmware_host.errors import AgentRefusedError, FlashError, LinkLostError
from firmware_host.flash import Flasher, Parcel
from firmware_host.links import Stream
from tests.edge.agent.test_flashing import ODD, beginning, files, flashed
from tests.edge.calibrated import write_calibration
from tests.firmware.conftest import SANITIZED, Build
from tests.firmware_host.flash.agents import HOST, Forked, Handles
from tests.flashable import make_bundle

pytestmark = pytest.mark.slow

HELLO = Hello(1, 1, 4096, 0, 7, "test", "")
Line = Callable[..., list[str]]


class Process(Handles):
    """The agent in C; it is killed when so many bytes were sent to it, in the middle of a frame."""

    def __init__(self, line: list[str], kill_at: int | None = None) -> None:
        self._left = kill_at
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        super().__init__(self.process.stdin.fileno(), self.process.stdout.fileno())

    def write(self, data: bytes) -> None:
        if self._left is not None:
            if len(data) > self._left:
                super().write(data[: self._left])
                self.process.kill()
                raise LinkLostError("killed")
            self._left -= len(data)
        super().write(data)

    def close(self) -> None:
        """End it; what a sanitizer found is its status."""
        with contextlib.suppress(OSError):
            self.process.communicate(timeout=20)
        assert self.process.returncode == (0 if self._left is None else self.process.returncode)


class Asked:
    """Sends messages one after the other, and returns all answers."""

    def __init__(self, stream: Handles) -> None:
        self._stream, self._receiver, self._numbers = stream, Receiver(), count()
        self._arrived: list[Message] = []
        self._next()  # the Hello that it begins with
        self.ask(HELLO)

    def ask(self, *messages: Message) -> list[Message]:
        answers = []
        for message in messages:
            self._stream.write(encode_frame(encode(message, next(self._numbers))))
            answers.append(self._next())
            if isinstance(last := answers[-1], Slot):
                answers += [self._next() for _ in range(last.files)]
        return answers

    def _next(self) -> Message:
        while not self._arrived:
            received = self._receiver.feed(self._stream.read(20.0))
            self._arrived += [decode(item) for item in received if isinstance(item, Frame)]
        return self._arrived.pop(0)


class Here:
    """Python's agent, asked in the same way."""

    def __init__(self, slots: Path) -> None:
        self._session = Session(Shelf(None, Slots(slots, HOST)), HOST)
        self._numbers = count()
        self.ask(HELLO)

    def ask(self, *messages: Message) -> list[Message]:
        frames = [encode(message, next(self._numbers)) for message in messages]
        return [answer for frame in frames for answer in self._session.answer(frame)]


@pytest.fixture(scope="module")
def line(built: Build, runtime: Path) -> Line:
    """The command line of an agent for a folder; a wrong access to memory ends it."""
    program = built("sanitized", *SANITIZED) / "agent" / "eedge-agent"
    return lambda slots: [str(program), "--slots", str(slots), "--runtime", str(runtime)]


@pytest.fixture
def slots(tmp_path: Path) -> Path:
    """The folder on the device."""
    return tmp_path / "slots"


@pytest.fixture
def asked(line: Line, slots: Path) -> Iterator[Asked]:
    stream = Process(line(slots))
    yield Asked(stream)
    stream.close()


@pytest.fixture
def bundles(tmp_path: Path) -> list[Bundle]:
    """Three that share four of their files."""
    return [make_bundle(tmp_path / f"{seed}.eedge", seed, size=20_000) for seed in range(3)]


def over(stream: Stream) -> Callable[[], Stream]:
    """Return what opens a link that is open already."""
    return lambda: stream


def runs(slots: Path) -> str:
    """The identity of what a device runs, checked by Python as before it is switched to."""
    current = pointer.read(slots)
    assert current is not None
    assert current.current is not None
    if current.previous is not None:
        check_bundle(slots / current.previous, HOST, None)
    return check_bundle(slots / current.current, HOST, None).identity


def content(slots: Path) -> dict[str, bytes]:
    """All files, and links to what is the same one, by their path."""
    places = sorted(path for path in slots.rglob("*") if path.is_file())
    return {place.relative_to(slots).as_posix(): place.read_bytes() for place in places}


def test_it_is_flashed_and_goes_back_as_often_as_it_is_told(
    line: Line, slots: Path, bundles: list[Bundle]
) -> None:
    first, second, third = (Parcel.of(bundle.path) for bundle in bundles)
    done = Flasher("c", lambda: Process(line(slots)), at_once=16).flash(first, trial=False)
    assert (done.outcome, done.board, done.files_sent) == ("flashed", "host", len(first.pieces))
    flasher = Flasher("c", lambda: Process(line(slots)), at_once=16)
    done = flasher.flash(second, trial=False)
    had = {piece.sha256 for piece in first.pieces}
    assert done.files_sent == sum(piece.sha256 not in had for piece in second.pieces)
    assert runs(slots) == second.identity.hex()
    assert (slots / "b/frontend.tflite").stat().st_nlink == 2
    assert flasher.flash(second, trial=False).outcome == "unchanged"
    for expected in (first, second, first):
        assert flasher.roll_back().identity == runs(slots) == expected.identity.hex()
    assert flasher.flash(third, trial=False).outcome == "flashed"
    assert runs(slots) == third.identity.hex()


def test_c_and_python_take_over_from_each_other(
    line: Line, slots: Path, bundles: list[Bundle], tmp_path: Path
) -> None:
    first, second, _ = (Parcel.of(bundle.path) for bundle in bundles)
    in_c = Flasher("c", lambda: Process(line(slots)))
    in_python = Flasher("python", lambda: Forked(slots))
    in_python.flash(first, trial=False)
    in_c.flash(second, trial=False)
    assert in_python.roll_back().identity == first.identity.hex()
    assert in_c.roll_back().identity == second.identity.hex()
    assert in_python.flash(second, trial=False).outcome == "unchanged"
    # Each goes on with what the other has begun.
    for seed, begins, goes_on in [
        (8, Forked(slots, cut_at=50_000), lambda: Process(line(slots))),
        (9, Process(line(slots), kill_at=50_000), lambda: Forked(slots)),
    ]:
        other = make_bundle(tmp_path / f"{seed}.eedge", seed, size=20_000, changed=7)
        parcel = Parcel.of(other.path)
        with pytest.raises(EedgeError):
            Flasher("cut", over(begins), tries=0).flash(parcel, trial=False)
        begins.close()
        done = Flasher("again", goes_on).flash(parcel, trial=False)
        assert done.bytes_sent < parcel.size - 40_000
        assert runs(slots) == parcel.identity.hex()


def test_killed_at_any_moment_it_has_a_whole_bundle(
    line: Line, slots: Path, bundles: list[Bundle]
) -> None:
    chance = random.Random(3)
    parcels = [Parcel.of(bundle.path) for bundle in bundles]
    Flasher("c", lambda: Process(line(slots))).flash(parcels[0], trial=False)
    outcomes = set()
    for _ in range(24):
        before = runs(slots)
        target = next(one for one in parcels[1:] if one.identity.hex() != before)
        stream = Process(line(slots), chance.randrange(70_000))
        with contextlib.suppress(EedgeError):
            Flasher("c", over(stream), 4, tries=0).flash(target, trial=False)
        stream.process.kill()
        stream.close()
        assert runs(slots) in (before, target.identity.hex())
        outcomes.add(runs(slots) == before)
    assert outcomes == {True, False}
    Flasher("c", lambda: Process(line(slots))).flash(parcels[0], trial=False)
    assert runs(slots) == parcels[0].identity.hex()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Message]]:
    """All messages that flash a bundle, and those of another before it."""
    folder = tmp_path_factory.mktemp("known")
    made = [make_bundle(folder / f"{seed}.eedge", seed, size=100, changed=2) for seed in (1, 2)]
    return folder, [message for bundle in made for message in flashed(bundle)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_is_sent_it_answers_and_writes_what_python_does(
    line: Line, known: tuple[Path, list[Message]], data: st.DataObject
) -> None:
    """Right messages left out, doubled and mixed with odd ones."""
    folder, right = known
    number = len(list(folder.iterdir()))
    there, here = folder / f"{number}-c", folder / f"{number}-python"
    drawn = data.draw(st.lists(st.one_of(st.sampled_from(right), ODD), max_size=12))
    start = data.draw(st.integers(0, len(right)))
    stream, python = Process(line(there)), Here(here)
    agent = Asked(stream)
    for message in (*right[:start], *drawn, *right[start:], *map(ListFiles, range(3))):
        found, expected = agent.ask(message), python.ask(message)
        assert list(map(told, found)) == list(map(told, expected)), message
    stream.close()
    assert content(there) == content(here)


def told(answer: Message) -> object:
    """What must be the same: not the words of what is refused, nor what is free by now."""
    if isinstance(answer, Refused):
        return answer.number, answer.kind
    if isinstance(answer, Slot):
        return answer.slot, answer.identity, answer.files
    return answer


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


def on_disks(line: list[str], script: str, disk: Path) -> tuple[Process, Asked, Path]:
    """Start an agent that sees disks of its own, and return also where its slots are seen here."""
    slots = disk / "slots"
    (slots / "a").mkdir(parents=True)
    (slots / "b").mkdir()
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mounted = ["unshare", *who, "--mount", "sh", "-c", f'{script} && exec "$@"', str(disk), *line]
    stream = Process(mounted)
    try:
        agent = Asked(stream)
    except LinkLostError:
        pytest.skip("no disk of its own can be mounted here")
    return stream, agent, Path("/proc", str(stream.process.pid), "root", *slots.parts[1:])


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


def test_what_was_flashed_is_run_and_what_cannot_be_run_is_gone_back_from(
    line: Line, slots: Path, bundles: list[Bundle], tiny_paths: dict[str, Path], tmp_path: Path
) -> None:
    tiny = Bundle.open(shutil.copytree(tiny_paths["dynamic-int8"], tmp_path / "tiny.eedge"))
    write_calibration(tiny, "host", [], [])
    flasher = Flasher("c", lambda: Process(line(slots)), at_once=16)
    assert flasher.flash(Parcel.of(tiny.path)).outcome == "flashed"
    with pytest.raises(FlashError, match=r"cannot be run: .* the one before it is run again"):
        flasher.flash(Parcel.of(bundles[0].path))
    assert runs(slots) == tiny.identity
    with pytest.raises(AgentRefusedError, match="no bundle before"):
        Flasher("fresh", lambda: Process(line(tmp_path / "fresh"))).roll_back()


def test_files_are_listed_as_they_are(asked: Asked, bundles: list[Bundle]) -> None:
    slot, *listed = asked.ask(*flashed(bundles[0]), ListFiles(0))[len(flashed(bundles[0])) :]
    assert isinstance(slot, Slot)
    assert slot.identity.hex() == bundles[0].identity
    for index, file in enumerate(listed):
        assert isinstance(file, File)
        data = (bundles[0].path / file.path).read_bytes()
        assert (file.index, file.size) == (index, len(data))
        assert file.sha256 == hashlib.sha256(data).digest()
