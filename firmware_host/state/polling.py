"""State that a device's agent cannot read, read from the host again and again."""

from __future__ import annotations

import contextlib
import threading

from firmware_host.errors import LinkError
from firmware_host.state.reader import Snapshot, StateReader


class Polling:
    """Reads a device's state in a thread of its own, for that takes its time over a link.

    `last` has what was read; while the link is broken it grows old.

    Raises:
        LinkError: it cannot be read for the first time.
    """

    def __init__(self, reader: StateReader, interval_s: float) -> None:
        self._reader, self._interval = reader, interval_s
        self.last: Snapshot = reader.read()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no longer."""
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._stop.wait(self._interval):
            # The link's own trouble is told where it is used.
            with contextlib.suppress(LinkError):
                self.last = self._reader.read()
