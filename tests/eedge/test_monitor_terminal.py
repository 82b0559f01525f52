"""`eedge monitor` on a terminal: a bar, keys, and a device that is typed to."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.firmware_host.monitor.dropping import Dropping

Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

_PATIENCE = 15.0
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Seat:
    """Somebody at a terminal, and a device at a tty."""

    def __init__(self, terminal: int, device: int, process: subprocess.Popen[bytes]) -> None:
        self._terminal, self.device, self.process = terminal, device, process
        self._seen = b""

    def sees(self, text: str) -> bool:
        """Return whether that appears, after what was seen before."""
        return self._comes(lambda: self._terminal, text)

    def types(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def says(self, text: str) -> None:
        os.write(self.device, text.encode())

    def device_hears(self, wanted: bytes) -> bool:
        heard, until = b"", time.monotonic() + _PATIENCE
        while wanted not in heard and time.monotonic() < until:
            if select.select([self.device], [], [], 0.1)[0]:
                heard += os.read(self.device, 4096)
        return wanted in heard

    def _comes(self, where: Callable[[], int], text: str) -> bool:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            plain = _ESCAPES.sub(b"", self._seen)
            before, found, _ = plain.partition(text.encode())
            if found:
                self._seen = plain[len(before) + len(found) :]
                return True
            if select.select([where()], [], [], 0.1)[0]:
                try:
                    self._seen += os.read(where(), 4096)
                except OSError:
                    return False
        return False


@contextmanager
def sitting(folder: Path, *options: str) -> Iterator[Seat]:
    device, tty_end = os.openpty()
    tty.setraw(tty_end)
    terminal, mine = pty.openpty()
    fcntl.ioctl(mine, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 160, 0, 0))
    before = termios.tcgetattr(mine)
    process = subprocess.Popen(
        [sys.executable, "-m", "eedge", "monitor", "--device", f"serial:{os.ttyname(tty_end)}",
         "--log", str(folder / "log"), "--no-times", *options],
        stdin=mine, stdout=mine, stderr=mine, start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    try:
        yield Seat(terminal, device, process)
        assert process.wait(10) == 0
        assert termios.tcgetattr(mine) == before, "the terminal is left as it was"
    finally:
        process.kill()
        process.wait()
        for descriptor in (device, tty_end, terminal, mine):
            os.close(descriptor)


def test_lines_come_above_a_bar_and_keys_do_what_the_menu_says(tmp_path: Path) -> None:
    with sitting(tmp_path) as seat:
        assert seat.sees("connected")
        assert seat.sees("Ctrl-] quits")
        seat.says("\x1b[31mready\x1b[0m\n")
        assert seat.sees("ready")
        assert seat.sees("1 lines")

        seat.types(b"\x03")
        assert seat.sees("Ctrl-T C sends Ctrl-C"), "Ctrl-C is no end"
        seat.types(b"status\r")
        assert seat.device_hears(b"status\r")
        seat.types(b"\x14c")
        assert seat.sees("X  quit"), "the menu"
        assert seat.device_hears(b"\x03")

        seat.types(b"\x14p")
        assert seat.sees("0 held")
        seat.says("while held\n")
        assert seat.sees("1 held")
        seat.types(b"\x14p")
        assert seat.sees("while held")

        seat.types(b"\x14t")
        assert seat.sees("X  quit")
        seat.says("with a time\n")
        assert seat.sees(" with a time")
        seat.types(b"\x1d")
    assert (tmp_path / "log").read_text() == "connected\nready\nwhile held\nwith a time\n"


def test_a_script_at_a_terminal_ends_when_it_is_said(tmp_path: Path) -> None:
    with sitting(tmp_path, "--expect", "^up$") as seat:
        assert seat.sees("connected")
        seat.says("booting\nup\n")
        assert seat.sees("up")


def test_on_a_tty_that_drops_twenty_times_screen_and_log_have_every_line(
    eedge: Run, tmp_path: Path
) -> None:
    path, log = tmp_path / "tty", tmp_path / "log"
    with Dropping(path) as device:
        done = eedge(
            "monitor", "--device", f"serial:{path}", "--log", log, "--no-times",
            "--expect", "^line 104$", "--timeout", "50",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is gone") >= 20
    assert done.stdout.splitlines() == device.sent[:105]
    logged = [line for line in log.read_text().splitlines() if line.startswith("line")]
    assert logged == device.sent[:105]
