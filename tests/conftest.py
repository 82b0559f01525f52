"""What tests of every folder share."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from eedge.cli import main

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests after all others: a plain mistake shows within seconds."""
    items.sort(key=lambda item: "slow" in item.keywords)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds `pyproject.toml`."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the corpora and their manifests, which are too large for the repository."""
    folder = Path(os.environ.get("EEDGE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no corpora at {folder}: set EEDGE_DATA to where they are")
    return folder


@pytest.fixture(scope="session")
def eedge() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `eedge ARGUMENTS` in this process: to start one takes longer than most commands."""

    def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
        words = [str(arg) for arg in args]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), chdir(ROOT):
            status = main(words)
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def eedge_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `eedge ARGUMENTS` in a process of its own, as a user does."""

    def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "eedge", *args],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
