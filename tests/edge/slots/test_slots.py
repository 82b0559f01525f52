"""Slots: what is taken, what is refused, and that the current one stays whole."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from edge.bundle import Bundle
from edge.contents import contents
from edge.errors import BundleError, CalibrationError, SlotError, WrongBoardError
from edge.slots import CURRENT, PREVIOUS, WRITTEN, Slots
from edge.slots.folder import digest
from tests.edge.slots.steps import HOST, Make, begin, digest_of, flash, runs, send, write


def test_what_was_flashed_is_run_and_what_was_run_can_be_gone_back_to(slots: Slots, make: Make):
    first, second = make(1), make(2)
    assert slots.current is None
    flash(slots, first)
    assert runs(slots) == first.identity
    flash(slots, second)
    assert runs(slots) == second.identity
    slots.rollback()
    assert runs(slots) == first.identity
    slots.rollback()
    assert runs(slots) == second.identity


def test_what_two_bundles_share_is_not_sent_and_not_stored_twice(slots: Slots, make: Make):
    first, second = make(1), make(2)
    flash(slots, first)
    shared = {
        path
        for path in contents(second)
        if digest(second.path / path) in {digest(first.path / path) for path in contents(first)}
    }
    assert len(shared) == 5
    for path in begin(slots, second):
        if path in shared:
            place = second.path / path
            slots.writing.put(path, place.stat().st_size, digest(place))
        else:
            send(slots, second, path)
    slots.verify(bytes.fromhex(second.identity))
    slots.switch(bytes.fromhex(second.identity))
    assert slots.current is not None
    assert (slots.current / "frontend.tflite").stat().st_nlink == 2


def test_a_file_that_was_cut_short_is_gone_on_with(tmp_path: Path, slots: Slots, make: Make):
    bundle = make(1)
    begin(slots, bundle)
    data = (bundle.path / "block_01.tflite").read_bytes()
    entry = digest(bundle.path / "block_01.tflite")
    slots.writing.put("block_01.tflite", len(data), entry)
    slots.writing.chunk(0, data[:4000])
    slots.release()
    # The program is another one, which knows nothing.
    again = Slots(tmp_path / "slots", HOST)
    begin(again, bundle)
    _, files = again.listing(WRITTEN)
    assert [(file.path, file.size) for file in files] == [("block_01.tflite.part", 4000)]
    again.writing.put("block_01.tflite", len(data), entry)
    with pytest.raises(SlotError, match="from 4001 on, but 4000 are there"):
        again.writing.chunk(4001, data[4001:])
    again.writing.chunk(4000, data[4000:8000])
    again.writing.chunk(3000, data[3000:])  # an answer was lost, and the host goes back
    again.writing.chunk(8000, data[8000:])
    assert (tmp_path / "slots/a/block_01.tflite").read_bytes() == data


def test_what_was_not_verified_is_not_switched_to(slots: Slots, make: Make):
    first, second = make(1), make(2)
    flash(slots, first)
    identity = bytes.fromhex(second.identity)
    with pytest.raises(SlotError, match="nothing is being written"):
        slots.switch(identity)
    write(slots, second)
    with pytest.raises(SlotError, match="not verified"):
        slots.switch(identity)
    slots.verify(identity)
    with pytest.raises(SlotError, match="not verified"):
        slots.switch(bytes.fromhex(first.identity))
    begin(slots, second)
    with pytest.raises(SlotError, match="not verified"):
        slots.switch(identity)
    assert runs(slots) == first.identity


def test_what_changed_on_the_disk_is_not_verified(tmp_path: Path, slots: Slots, make: Make):
    bundle = make(1)
    write(slots, bundle)
    damaged = tmp_path / "slots/a/block_02.tflite"
    data = bytearray(damaged.read_bytes())
    data[77] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(SlotError, match=r"block_02\.tflite: is not there, or not as it was sent"):
        slots.verify(bytes.fromhex(bundle.identity))
    send(slots, bundle, "block_02.tflite")
    slots.verify(bytes.fromhex(bundle.identity))


def test_what_is_not_of_the_bundle_is_refused_and_what_was_there_is_deleted(
    tmp_path: Path, slots: Slots, make: Make
):
    bundle = make(1)
    (tmp_path / "slots/a/calibration").mkdir(parents=True)
    (tmp_path / "slots/a/calibration/other.json").write_text("{}")
    (tmp_path / "slots/a/link.json").symlink_to("/etc/passwd")
    paths = contents(bundle)
    size = sum((bundle.path / path).stat().st_size for path in paths)
    identity = bytes.fromhex(bundle.identity)
    slots.begin(identity, len(paths) + 1, size + 1)
    for path in paths:
        send(slots, bundle, path)
    with pytest.raises(SlotError, match="were announced"):
        slots.verify(identity)
    (bundle.path / "more.tflite").write_bytes(b"x")
    send(slots, bundle, "more.tflite")
    with pytest.raises(SlotError, match=r"more\.tflite: is not in the bundle"):
        slots.verify(identity)
    flash(slots, bundle)
    assert slots.current is not None
    there = {path.relative_to(slots.current).as_posix() for path in slots.current.rglob("*.*")}
    assert there == set(paths)


def test_more_than_was_announced_is_refused(slots: Slots, make: Make):
    bundle = make(1)
    slots.begin(bytes.fromhex(bundle.identity), 1, 100)
    slots.writing.put("a", 100, bytes(32))
    for path, size in [("b", 0), ("a", 101)]:
        with pytest.raises(SlotError, match="than were announced"):
            slots.writing.put(path, size, bytes(32))
    for first, data in [(0, bytes(101)), (100, b"x")]:
        with pytest.raises(SlotError, match="beyond its end"):
            slots.writing.chunk(first, data)
    slots.writing.put("a", 100, bytes(32))
    with pytest.raises(SlotError, match="not what was announced"):
        slots.writing.chunk(0, bytes(100))
    with pytest.raises(SlotError, match="no file that was named"):
        slots.writing.chunk(0, bytes(100))
    for files, size in [(0, 1), (1001, 1), (1, (1 << 32) + 1)]:
        with pytest.raises(SlotError, match="is not taken"):
            slots.begin(bytes(32), files, size)


def test_a_bundle_for_another_board_is_refused_with_its_manifest(slots: Slots, make: Make):
    bundle = make(1)
    bundle.manifest.model_copy(update={"target": "edgetpu"}).write(bundle.path)
    begin(slots, bundle)
    with pytest.raises(WrongBoardError, match="converted for edgetpu, but board 'host' runs cpu"):
        send(slots, bundle, "manifest.json", chunk=1 << 20)


def test_a_bundle_without_the_boards_calibration_is_refused(slots: Slots, make: Make):
    bundle = make(1, boards=("raspberry-pi-5",))
    write(slots, bundle)
    with pytest.raises(CalibrationError, match="not calibrated for board 'host'"):
        slots.verify(bytes.fromhex(bundle.identity))
    other = make(2)
    shutil.copy(other.path / "calibration/host.json", bundle.path / "calibration/host.json")
    write(slots, bundle)
    with pytest.raises(CalibrationError, match="was fitted for"):
        slots.verify(bytes.fromhex(bundle.identity))


def test_nobody_goes_back_to_what_was_damaged_or_is_half_overwritten(
    tmp_path: Path, slots: Slots, make: Make
):
    first, second = make(1), make(2)
    with pytest.raises(SlotError, match="no bundle before"):
        slots.rollback()
    flash(slots, first)
    flash(slots, second)
    damaged = tmp_path / "slots/a/tokens.txt"
    content = damaged.read_bytes()
    damaged.unlink()
    damaged.write_bytes(b"x")
    with pytest.raises(BundleError):
        slots.rollback()
    assert runs(slots) == second.identity
    damaged.write_bytes(content)
    begin(slots, first)
    assert slots.listing(PREVIOUS) == (None, [])
    with pytest.raises(SlotError, match="no bundle before"):
        slots.rollback()
    assert runs(slots) == second.identity


def test_a_file_that_both_slots_share_is_never_written_to(tmp_path: Path, slots: Slots, make: Make):
    first, second = make(1), make(2)
    flash(slots, first)
    # As if killed between a link and its rename.
    shared = tmp_path / "slots/b/frontend.tflite.part"
    shared.hardlink_to(tmp_path / "slots/a/frontend.tflite")
    begin(slots, second)
    slots.writing.put("frontend.tflite", 5000, digest_of(b"other"))
    slots.writing.chunk(0, b"other")
    assert runs(slots) == first.identity


def test_one_program_writes_at_a_time_and_nobody_overwrites_what_runs(
    tmp_path: Path, slots: Slots, make: Make
):
    first, second = make(1), make(2)
    flash(slots, first)
    held = slots.hold()
    flash(slots, second)
    other = Slots(tmp_path / "slots", HOST)
    with pytest.raises(SlotError, match="another program"):
        begin(other, first)
    assert held is not None
    held.release()
    begin(other, first)
    with pytest.raises(SlotError, match="another program"):
        begin(slots, first)
    other.release()
    flash(slots, first)
    assert runs(slots) == first.identity


def test_where_the_pointer_is_damaged_a_whole_bundle_is_found(
    tmp_path: Path, slots: Slots, make: Make
):
    flash(slots, make(1))
    flash(slots, make(2))
    (tmp_path / "slots/a/tokens.txt").unlink()
    (tmp_path / "slots/current.json").write_text("{")
    assert runs(slots) == make_identity(tmp_path, 2)
    assert slots.listing(CURRENT)[0] is not None


def make_identity(folder: Path, seed: int) -> str:
    return Bundle.open(folder / f"{seed}.eedge").identity


def test_what_cannot_be_read_any_more_is_written_anew(
    tmp_path: Path, slots: Slots, make: Make, monkeypatch: pytest.MonkeyPatch
):
    first, second = make(1), make(2)
    flash(slots, first)
    bad = tmp_path / "slots/a/frontend.tflite"
    real = digest

    def spoilt(path: Path) -> bytes:
        if path == bad:
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    monkeypatch.setattr("edge.slots.folder.digest", spoilt)
    again = Slots(tmp_path / "slots", HOST)
    assert "frontend.tflite" not in [file.path for file in again.listing(CURRENT)[1]]
    flash(again, second)
    assert runs(again) == second.identity
