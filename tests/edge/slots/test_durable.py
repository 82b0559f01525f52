"""What a loss of power must not undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.slots import Slots, pointer
from tests.edge.slots.steps import Make, flash


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
