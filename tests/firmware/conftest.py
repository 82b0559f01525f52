"""The firmware's core, built once and called from Python."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build the firmware with the options given, once for all who test at the same time."""

    def build(*options: str) -> Path:
        for tool in ("cmake", "cc"):
            if shutil.which(tool) is None:
                pytest.skip(f"there is no {tool}: the firmware cannot be built")
        shared = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            shared = shared.parent
        folder = shared / "-".join(["firmware", *options]).replace("=", "-").replace("/", "-")
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                _run("cmake", "-S", FIRMWARE, "-B", folder, *options)
                _run("cmake", "--build", folder, "--parallel", "2")
                (folder / "done").touch()
        return folder

    return build


@pytest.fixture(scope="session")
def core(built: Callable[..., Path]) -> ctypes.CDLL:
    """The core as a shared library."""
    return ctypes.CDLL(str(built() / "core" / "libeedge_core_shared.so"))


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
