"""A device that talks, and whose tty goes away and comes back."""

from __future__ import annotations

import os
import threading
import time
import tty
from pathlib import Path

_OPENING = 0.05
"""Seconds that pyserial takes to open a port, until when it drops what comes."""


class Dropping:
    """A tty that goes away and comes back, as a device that is unplugged or starts anew."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self.sent: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            device, host = os.openpty()
            tty.setraw(host)
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(os.ttyname(host))
            os.close(host)
            # Until somebody has opened it, what is said is said to nobody.
            os.set_blocking(device, False)
            self._wait_for_a_listener(device)
            time.sleep(_OPENING)
            for _ in range(5):
                text = f"line {len(self.sent)}"
                os.write(device, f"{text}\n".encode())
                self.sent.append(text)
                time.sleep(0.01)
            time.sleep(0.15)
            self._link.unlink()
            os.close(device)

    def _wait_for_a_listener(self, device: int) -> None:
        while not self._stop.is_set():
            try:
                os.read(device, 1)
            except BlockingIOError:
                return  # open, and nothing was said
            except OSError:
                time.sleep(0.01)  # EIO: nobody has it open

    def __enter__(self) -> Dropping:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
