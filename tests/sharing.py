"""What takes long to make, once for all that run these tests side by side."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> Path:
    """Return a folder that `make` has filled, here or in another worker; not to be written to.

    Several workers have a folder each, in one that they share.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            partial = shared / f"{name}.part"
            shutil.rmtree(partial, ignore_errors=True)  # of one that failed
            partial.mkdir()
            make(partial)
            partial.rename(folder)
    return folder
