"""Agents that can be flashed, each with a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import Bundle
from firmware_host.flash import Flasher, flasher_for
from firmware_host.links.local import LocalLink
from tests.flashable import make_bundle


@pytest.fixture(autouse=True)
def _at_home(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents are started from here."""
    monkeypatch.chdir(repository)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Bundle]:
    """Make a bundle by its seed."""
    return lambda seed, **more: make_bundle(tmp_path / f"{seed}.eedge", seed, **more)


@pytest.fixture
def slots(tmp_path: Path) -> Path:
    """The folder on the device."""
    return tmp_path / "slots"


@pytest.fixture
def flasher(slots: Path) -> Flasher:
    """What flashes an agent on this machine."""
    args = [sys.executable, "-m", "edge.agent", "--slots", str(slots)]
    return flasher_for(LocalLink(), args)
