"""How many blocks files and folders take of a LittleFS, the file system of microcontrollers.

A file is a list of whole blocks, of which block n > 0 begins with one more pointer of 4 bytes than
2 divides n; a small one lies within its folder, and a folder is two blocks
(https://github.com/littlefs-project/littlefs/blob/master/DESIGN.md; the limit of what is small is
`lfs_file_flushedwrite` in `lfs.c`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

FOLDER_BLOCKS: Final = 2
_INLINE_BYTES: Final = 1022
_POINTER_BYTES: Final = 4


def file_blocks(size: int, block_bytes: int) -> int:
    """Return how many blocks a file of `size` bytes takes beyond its folder's."""
    if size <= _INLINE_BYTES:
        return 0
    blocks = 0
    while size > 0:
        # The largest power of two in n, whose bit length is one more than how often 2 divides n.
        pointers = (blocks & -blocks).bit_length()
        size -= block_bytes - _POINTER_BYTES * pointers
        blocks += 1
    return blocks


def blocks_of(files: Mapping[str, int], block_bytes: int) -> int:
    """Return how many blocks files take with the folders that they lie in, the topmost included.

    Args:
        files: bytes of each, by its path.
        block_bytes: of a block.
    """
    folders = {folder for path in files for folder in PurePosixPath("/", path).parents}
    held = sum(file_blocks(size, block_bytes) for size in files.values())
    return held + FOLDER_BLOCKS * len(folders | {PurePosixPath("/")})
