"""A microcontroller that speaks the protocol is sent nothing that does not fit it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boards.board import load_board
from edge import sealed
from edge.arenas import ARENAS, Arena, Arenas
from edge.bundle import Bundle
from edge.errors import DoesNotFitError
from edge.manifest import FileEntry
from edge.wire.messages import Hello
from firmware_host.flash import Parcel
from firmware_host.flash.checks import FLASHES, check_device

MICRO = "coral-dev-board-micro"
HELLO = Hello(1, 1, 4096, FLASHES, 1, "a test", MICRO)


def parcel(bundle: Bundle, arena_bytes: int) -> Parcel:
    """A bundle for the Edge TPU, with an arena of that size for each file."""
    arena = Arena(file_bytes=1000, arena_bytes=arena_bytes)
    files = {name: {12: arena} for name in bundle.manifest.models}
    arenas = Arenas(interpreter="a test", files=files)
    sealed.write(bundle.path / ARENAS, arenas.model_dump(mode="json"))
    entries = {**bundle.manifest.files, ARENAS: FileEntry.of(bundle.path / ARENAS)}
    bundle.manifest.model_copy(update={"files": entries, "target": "edgetpu"}).write(bundle.path)
    return Parcel.of(bundle.path)


def test_an_arena_larger_than_the_memory_is_refused(make: Callable[..., Bundle]) -> None:
    room = load_board(MICRO).room
    assert room is not None
    fitting, too_large = (
        parcel(make(seed, boards=(MICRO,)), size)
        for seed, size in ((1, 1000), (2, int(room.memory_bytes.value)))
    )
    check_device(HELLO, fitting, MICRO)
    with pytest.raises(DoesNotFitError, match="most takes: arena, 50,331,648"):
        check_device(HELLO, too_large, MICRO)
