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
from tests.edge.tiny import make_tiny_bundles

ROOT = Path(__file__).resolve().parent.parent


_LONGEST = ("tests/test_shipped_encoder.py", "tests/convert/bench/test_untrained.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests after all others: a plain mistake shows within seconds.

    What needs the tiny bundles is slow, for they take half a minute to be made. Of several workers
    none is to wait for another: what takes longest begins first, and while one worker has those
    bundles made, the others run what needs none.
    """

    def rank(item: pytest.Item) -> int:
        if "slow" not in item.keywords:
            return 0
        if item.nodeid.startswith(_LONGEST):
            return 1
        return 3 if _needs_bundles(item) else 2

    for item in items:
        if _needs_bundles(item):
            item.add_marker("slow")
    items.sort(key=rank)


def _needs_bundles(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "tiny_paths" in item.fixturenames


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds `pyproject.toml`."""
    return ROOT


@pytest.fixture(scope="session")
def tiny_paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny bundles by recipe; not to be written to."""
    return make_tiny_bundles(tmp_path_factory)


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
