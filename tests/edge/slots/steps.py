"""The steps of flashing, without a link."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from boards.board import load_board
from edge.bundle import Bundle
from edge.contents import contents
from edge.slots import Slots
from edge.slots.folder import digest

HOST = load_board("host")
Make = Callable[..., Bundle]


def begin(slots: Slots, bundle: Bundle) -> list[str]:
    paths = contents(bundle)
    size = sum((bundle.path / path).stat().st_size for path in paths)
    slots.begin(bytes.fromhex(bundle.identity), len(paths), size)
    return paths


def send(slots: Slots, bundle: Bundle, path: str, chunk: int = 4000) -> None:
    place = bundle.path / path
    data = place.read_bytes()
    slots.writing.put(path, len(data), digest(place))
    for first in range(0, len(data), chunk):
        slots.writing.chunk(first, data[first : first + chunk])


def write(slots: Slots, bundle: Bundle) -> None:
    for path in begin(slots, bundle):
        send(slots, bundle, path)


def flash(slots: Slots, bundle: Bundle) -> None:
    write(slots, bundle)
    slots.verify(bytes.fromhex(bundle.identity))
    slots.switch(bytes.fromhex(bundle.identity))


def runs(slots: Slots) -> str:
    """The identity of what would be run, opened and compared as for running."""
    assert slots.current is not None
    return Bundle.open(slots.current).identity


def digest_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
