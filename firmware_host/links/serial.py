"""A serial port, or anything that pyserial opens as one: `socket://`, `rfc2217://`, `loop://`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import serial
from serial import SerialException

from firmware_host.errors import LinkError, LinkLostError, LinkTimeoutError
from firmware_host.links.base import COMMAND_TIMEOUT, COPY_TIMEOUT, Done

BAUD = 115_200
_WRITE_TIMEOUT = 10.0


class SerialStream:
    """An open port. What was sent before it was opened is lost: begin with Hello."""

    def __init__(self, url: str, baud: int = BAUD) -> None:
        self._name = f"serial:{url}"
        try:
            self._port = serial.serial_for_url(
                url, baudrate=baud, timeout=0, write_timeout=_WRITE_TIMEOUT, exclusive=True
            )
        except (SerialException, OSError, ValueError) as error:
            raise LinkError(
                f"{self._name}: cannot be opened: {error}",
                "see which ports there are, and whether you may use them: eedge devices",
                "close what else has it open: one program at a time",
            ) from error

    def read(self, timeout: float) -> bytes:
        """Return what has come within `timeout`, or b""; raises `LinkLostError` if unplugged."""
        try:
            self._port.timeout = max(timeout, 0)
            first = self._port.read(1)
            if not first:
                return b""
            return bytes(first + self._port.read(self._port.in_waiting))
        # TypeError: pyserial, when another thread closes the port in the middle of a read.
        except (SerialException, OSError, TypeError) as error:
            raise LinkLostError(f"{self._name}: is gone: {error}") from error

    def write(self, data: bytes) -> None:
        """Send all of it; raises `LinkLostError`, or `LinkTimeoutError` if nobody takes it."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException as error:
            raise LinkTimeoutError(f"{self._name}: takes no more") from error
        except (SerialException, OSError) as error:
            raise LinkLostError(f"{self._name}: is gone: {error}") from error

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


class SerialLink:
    """A port on which an agent answers: only a stream; files and commands go through the agent."""

    def __init__(self, url: str, baud: int = BAUD) -> None:
        self.name = f"serial:{url}"
        self._url, self._baud = url, baud

    def stream(self, args: Sequence[str] = ()) -> SerialStream:
        """Open the port; what runs at its other end is not started from here."""
        return SerialStream(self._url, self._baud)

    def run(self, args: Sequence[str], timeout: float = COMMAND_TIMEOUT) -> Done:
        """Refuse: there is no shell."""
        self._refuse()

    def push(self, source: Path, target: str, timeout: float = COPY_TIMEOUT) -> None:
        """Refuse: there is no shell."""
        self._refuse()

    def pull(self, source: str, target: Path, timeout: float = COPY_TIMEOUT) -> None:
        """Refuse: there is no shell."""
        self._refuse()

    def close(self) -> None:
        """Nothing is held open but streams."""

    def _refuse(self) -> NoReturn:
        raise LinkError(f"{self.name}: has no shell, only an agent that speaks the protocol")
