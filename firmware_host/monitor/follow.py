"""A link that is read for as long as it is asked, and opened again when it breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from firmware_host.errors import LinkError, LinkLostError, LinkTimeoutError
from firmware_host.links.base import Stream

_READ = 0.1
_AGAIN = 0.2
"""Seconds until a link that broke is tried again."""


@dataclass(frozen=True)
class Chunk:
    """Bytes, and when they came, in seconds since 1970; none have come if there are none."""

    at: float
    data: bytes


@dataclass(frozen=True)
class Turn:
    """The link was opened, or broke: `what` says which and why."""

    at: float
    connected: bool
    what: str


def follow(
    open_stream: Callable[[], Stream],
    clock: Callable[[], float] = time.time,
    outgoing: Callable[[], bytes] = bytes,
) -> Generator[Chunk | Turn, None, None]:
    """Yield what comes, and an empty chunk whenever nothing has for a moment.

    A link that cannot be opened or breaks is tried again, for ever; it is said once. `outgoing` is
    asked in between for what is to be sent; without a link that is lost.
    """
    silent = False
    while True:
        try:
            stream = open_stream()
        except LinkError as error:
            if not silent:
                yield Turn(clock(), False, error.what)
                silent = True
            outgoing()
            yield Chunk(clock(), b"")
            time.sleep(_AGAIN)
            continue
        silent = False
        try:
            yield Turn(clock(), True, "connected")
            while True:
                if given := outgoing():
                    stream.write(given)
                data = stream.read(_READ)
                yield Chunk(clock(), data)
        except (LinkLostError, LinkTimeoutError) as error:
            yield Turn(clock(), False, error.what)
            silent = True
        finally:
            stream.close()
