"""Slots of a device, and bundles for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.bundle import Bundle
from edge.slots import Slots
from tests.edge.slots.steps import HOST, Make
from tests.flashable import make_bundle


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(seed: int = 0, boards: tuple[str, ...] = ("host",)) -> Bundle:
        return make_bundle(tmp_path / f"{seed}.eedge", seed, boards=boards)

    return make


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path / "slots", HOST)
