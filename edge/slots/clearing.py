"""Deleting from a slot what is not of the bundle that is being written to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from edge.errors import SlotError
from edge.slots.folder import files_in


def sweep(folder: Path, keep: Collection[str]) -> None:
    """Delete all files but those at the paths in `keep`, all links, and folders that are empty."""
    for path, place, _ in list(files_in(folder)):
        if path not in keep:
            place.unlink(missing_ok=True)
    for where, folders, names in os.walk(folder, topdown=False):
        for name in (*folders, *names):
            if Path(where, name).is_symlink():
                Path(where, name).unlink()
        if Path(where) != folder and not any(Path(where).iterdir()):
            Path(where).rmdir()


def clear_way(folder: Path, path: str, named: Collection[str]) -> None:
    """Make the folders of a path; what is in its way is deleted, unless it was named itself.

    Raises:
        SlotError: a file that was named would have to be a folder, or the other way round.
    """
    parts = path.split("/")
    for depth in range(1, len(parts)):
        above = "/".join(parts[:depth])
        place = folder / above
        if above in named:
            raise SlotError(f"{path}: {above} is a file")
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
        place.mkdir(exist_ok=True)
    target = folder / path
    if target.is_symlink():
        target.unlink()
    elif target.is_dir():
        if any(name.startswith(f"{path}/") for name in named):
            raise SlotError(f"{path}: is a folder")
        shutil.rmtree(target)
