"""Shipped speech, from sound to text in int8: the agent in C hears what Python's does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.arm64 import (
    arm64,
    arm64_agent,
    arm64_python,
    arm64_qemu,
    arm64_runtime,
)
from tests.firmware.conftest import Build
from tests.firmware.side_by_side import lines, shipped_speech, side_by_side

__all__ = ["arm64", "arm64_agent", "arm64_python", "arm64_qemu", "arm64_runtime"]

pytestmark = pytest.mark.slow

POINTS = ["full", "wer+0.25", "least"]


@pytest.fixture(scope="module")
def bundle() -> Path:
    named = os.environ.get("EEDGE_BUNDLE")
    if not named:
        pytest.skip("no calibrated bundle: make demo makes one, EEDGE_BUNDLE=FOLDER names it")
    return Path(named)


def test_all_texts_and_exits_are_the_same(bundle: Path, built: Build, runtime: Path):
    agent = built("plain") / "agent" / "eedge-agent"
    heard = side_by_side(*lines(bundle, agent, runtime), shipped_speech(), POINTS)
    for point, pairs in heard:
        assert all(pair.same for pair in pairs), point


def test_so_they_are_on_an_emulated_arm64(
    bundle: Path,
    arm64: Path,
    arm64_agent: Path,
    arm64_python: list[str],
    arm64_qemu: Path,
    arm64_runtime: Path,
):
    ours, pythons = lines(bundle, arm64_agent, arm64_runtime)
    ours = [str(arm64_qemu), "-L", str(arm64 / "root"), *ours]
    heard = side_by_side(ours, [*arm64_python, *pythons[1:]], shipped_speech(6), POINTS[1:])
    for point, pairs in heard:
        assert all(pair.same for pair in pairs), point
