"""Flashing by the agent in C: it answers as Python's does, and leaves the same folders behind."""

from __future__ import annotations

import contextlib
import hashlib
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.wire import Message
from edge.wire.messages import File, ListFiles, Refused, Slot
from firmware_host.errors import AgentRefusedError, FlashError
from firmware_host.flash import Flasher, Parcel
from tests.edge.agent.test_flashing import ODD, flashed
from tests.edge.calibrated import write_calibration
from tests.firmware.flashing import Asked, Here, Line, Process, content, over, runs
from tests.firmware_host.flash.agents import Forked
from tests.flashable import make_bundle

pytestmark = pytest.mark.slow


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
    for _ in range(16):
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


@settings(max_examples=25, deadline=None)
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


def test_files_are_listed_as_they_are(asked: Asked, bundles: list[Bundle]) -> None:
    slot, *listed = asked.ask(*flashed(bundles[0]), ListFiles(0))[len(flashed(bundles[0])) :]
    assert isinstance(slot, Slot)
    assert slot.identity.hex() == bundles[0].identity
    for index, file in enumerate(listed):
        assert isinstance(file, File)
        data = (bundles[0].path / file.path).read_bytes()
        assert (file.index, file.size) == (index, len(data))
        assert file.sha256 == hashlib.sha256(data).digest()


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
