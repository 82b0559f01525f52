"""What the core takes of a microcontroller's flash."""

from __future__ import annotations

import subprocess

import pytest

from boards.board import load_board
from tests.firmware.conftest import FIRMWARE, Build

pytestmark = pytest.mark.slow


def test_the_core_takes_no_more_than_the_board_counts_for_it(built: Build) -> None:
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={FIRMWARE / 'cmake' / 'cortex-m7.cmake'}"
    folder = built("m7", toolchain, needs=("arm-none-eabi-gcc",), target="eedge_core")
    size = ["arm-none-eabi-size", "--totals", str(folder / "core" / "libeedge_core.a")]
    text, data, bss, *_ = (
        subprocess.run(size, capture_output=True, text=True, check=True)
        .stdout.splitlines()[-1]
        .split()
    )
    room = load_board("coral-dev-board-micro").room
    assert room is not None
    assert int(text) + int(data) <= room.core_bytes.value
    assert int(data) == int(bss) == 0
