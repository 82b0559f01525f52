"""Blocks of a LittleFS, against what it takes itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.littlefs import blocks_of, file_blocks

BLOCK = 131_072


@pytest.mark.parametrize(
    ("size", "blocks"),
    # By littlefs-python 0.19.0 (LittleFS 2.11) with blocks of this size and a cache of 2,048 bytes.
    [
        (0, 0), (1022, 0), (1023, 1), (131_072, 1), (131_073, 2), (262_140, 2), (262_141, 3),
        (393_204, 3), (393_205, 4), (587_520, 5), (1_310_720, 11), (8_388_608, 65),
    ],
)  # fmt: skip
def test_a_file_takes_the_blocks_that_littlefs_gives_it(size: int, blocks: int) -> None:
    assert file_blocks(size, BLOCK) == blocks


def test_folders_take_two_blocks_each_and_small_files_none() -> None:
    assert blocks_of({}, BLOCK) == 2
    assert blocks_of({"bundle/tokens.txt": 200}, BLOCK) == 4
    assert blocks_of({"bundle/calibration/x.json": 10, "bundle/a": 5000}, BLOCK) == 7


@given(size=st.integers(1023, 1 << 24), block=st.sampled_from([4096, BLOCK]))
def test_a_larger_file_never_takes_less_and_all_of_it_is_held(size: int, block: int) -> None:
    blocks = file_blocks(size, block)
    assert size <= blocks * block
    assert blocks - 1 <= file_blocks(size - 1, block) <= blocks
