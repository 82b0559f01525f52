"""What neither a loss of power nor a small disk may undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.errors import SlotError
from edge.slots import Slots, pointer
from tests.edge.slots.steps import Make, begin, digest_of, flash, runs
from tests.flashable import make_bundle


def test_everything_is_on_the_disk_before_it_is_switched_to(
    tmp_path: Path, slots: Slots, make: Make, monkeypatch: pytest.MonkeyPatch
):
    """As far as a program can see to it: what was waited for, at which size, and when."""
    waited: dict[int, int] = {}
    real_fsync, real_write = os.fsync, pointer.write

    def fsync(handle: int) -> None:
        found = os.fstat(handle)
        waited[found.st_ino] = found.st_size
        real_fsync(handle)

    def write(root: Path, to: pointer.Pointer) -> None:
        before = pointer.read(root)
        if before is not None and to.current not in (None, before.current):
            for where, _, names in os.walk(root / str(to.current)):
                assert Path(where).stat().st_ino in waited
                for found in (Path(where, name).stat() for name in names):
                    assert waited[found.st_ino] == found.st_size
        real_write(root, to)
        assert root.stat().st_ino in waited
        waited.pop(root.stat().st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(pointer, "write", write)
    for seed in (1, 2, 3):
        flash(slots, make(seed))
        # What is linked from the other slot was waited for when it came there.
        for folder in (tmp_path / "slots/a", tmp_path / "slots/b"):
            waited.pop(folder.stat().st_ino, None)


def test_what_is_not_run_is_deleted_to_make_room_and_what_is_run_is_not(
    tmp_path: Path, slots: Slots, monkeypatch: pytest.MonkeyPatch
):
    bundles = [make_bundle(tmp_path / f"other {seed}.eedge", seed, changed=7) for seed in (1, 2, 3)]
    size = sum(place.stat().st_size for place in bundles[0].path.rglob("*") if place.is_file())
    quota = 2.3 * size

    def free(folder: Path) -> int:
        """As a disk of that size would have it."""
        found = [place.stat() for place in (tmp_path / "slots").rglob("*") if place.is_file()]
        return int(quota - sum({one.st_ino: one.st_size for one in found}.values()))

    monkeypatch.setattr("edge.slots.writing.free_bytes", free)
    for bundle in (*bundles, *bundles):
        flash(slots, bundle)
        assert runs(slots) == bundle.identity
    larger = make_bundle(tmp_path / "larger.eedge", 4, size=20_000, changed=7)
    with pytest.raises(SlotError, match="are free"):
        flash(slots, larger)
    assert runs(slots) == bundles[-1].identity
    flash(slots, bundles[0])
    assert runs(slots) == bundles[0].identity


def test_making_room_does_not_take_the_folder_from_the_file_that_needs_it(
    tmp_path: Path, slots: Slots, make: Make, monkeypatch: pytest.MonkeyPatch
):
    begin(slots, make(1))
    free = iter([0])
    monkeypatch.setattr("edge.slots.writing.free_bytes", lambda _: next(free, 1 << 20))
    slots.writing.put("far/away/file", 1, digest_of(b"x"))
    slots.writing.chunk(0, b"x")
    assert (tmp_path / "slots/a/far/away/file").read_bytes() == b"x"
