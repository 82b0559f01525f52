"""The board that QEMU emulates: its command line, and its flash memory, which is a file here."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_host.flash import Parcel
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink

_MEMORY, _BASE = 16 << 20, 0x6000_0000
"""Bytes of the PSRAM, which stands for a flash chip, and where it lies."""
_POINTER = struct.Struct("<I4B32s32s")
_STORED = struct.Struct("<3I32s252s")
_TABLE = struct.Struct(f"<2I{64 * _STORED.size}s")
_SLOTS = 2 * (_POINTER.size + 4)
"""As `firmware/ports/slots` has them: a pointer, a file, an image's table, and where that lies."""


@dataclass(frozen=True)
class Board:
    """A board with a program in it; switched on again, it has what it was left with."""

    program: Path
    memory: Path

    def __post_init__(self) -> None:
        if not self.memory.exists():
            self.memory.touch()
            os.truncate(self.memory, _MEMORY)

    def line(self, uart: str = "stdio") -> list[str]:
        """Return what switches it on."""
        memory = f"memory-backend-file,id=psram,size={_MEMORY},mem-path={self.memory},share=on"
        return [
            "qemu-system-arm", "-machine", "mps2-an500,memory-backend=psram", "-object", memory,
            "-display", "none", "-monitor", "none", "-kernel", str(self.program), "-serial", uart,
        ]  # fmt: skip

    def on(self) -> Stream:
        """Switch it on; it goes off when its stream is closed."""
        return LocalLink().stream(self.line())

    def copy(self, memory: Path) -> Board:
        """Return another board that was left with the same."""
        shutil.copyfile(self.memory, memory)
        return Board(self.program, memory)

    def leave_with(self, parcel: Parcel) -> None:
        """Put a bundle into its memory, as if it had been flashed; its UART is slow."""
        table, content = bytearray(), bytearray()
        for piece in parcel.pieces:
            content.extend(bytes(-len(content) % 8))
            head = len(content), piece.size, piece.size
            table += _STORED.pack(*head, piece.sha256, piece.path.encode())
            content += piece.place.read_bytes()
        pointer = _POINTER.pack(1, 1, 0, 0, 0, parcel.identity, bytes(32))
        with self.memory.open("r+b") as file:
            file.seek(_address("slots", self.program) - _BASE)
            begin = file.tell()
            file.write(pointer + struct.pack("<I", zlib.crc32(pointer)))
            file.seek(begin + _SLOTS)
            file.write(_TABLE.pack(len(parcel.pieces), 0, bytes(table)) + content)

    @contextlib.contextmanager
    def on_a_port(self) -> Iterator[Path]:
        """Switch it on, with its UART at a serial port of this machine."""
        with subprocess.Popen(self.line("pty"), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                # "char device redirected to /dev/pts/3 (label serial0)"
                yield Path(process.stdout.readline().split()[4])
            finally:
                process.kill()


class Port:
    """A stream as a serial port is: closed and opened again, while the board behind it stays on."""

    def __init__(self, stream: Stream) -> None:
        self.read, self.write = stream.read, stream.write

    def close(self) -> None:
        """Leave it on."""


def _address(symbol: str, program: Path) -> int:
    names = subprocess.run(
        ["arm-none-eabi-nm", program], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return next(int(line.split()[0], 16) for line in names if line.split()[-1] == symbol)
