"""The Dev Board Micro: its SDK's `flashtool.py`, watched state by state.

That program resets the board into its boot ROM, loads a flash loader, then an ELF loader, and sends
files to that; at each step the board comes up as another USB device. It ends with status 0 whatever
happens, so that only its words count (google-coral/coralmicro, `scripts/flashtool.py`). With
`--arduino` it prints its progress in lines, and takes a folder of data.

It formats the board's file system first: here there is no bundle to go back to. What does not fit
is refused before that.

Not tried with a board: none was at hand.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from boards.board import Board, load_board
from boards.errors import EedgeError
from edge.budget import FOLDER
from edge.bundle import Bundle
from edge.contents import contents
from firmware_host.errors import (
    ButtonError,
    FlashToolError,
    LinkLostError,
    NoMicroError,
    RightsError,
    SdkError,
    SeveralMicrosError,
)
from firmware_host.flash.checks import check_fits
from firmware_host.links.streams import ProcessStream

BOARD: Final = "coral-dev-board-micro"
_DONE = ("Flashing to flash storage complete", "Flashing to RAM is complete")
_STATE = re.compile(r"[A-Z]+(_[A-Z]+)+")
_FILE = re.compile(r"(/\S+) (?:(\d+)%|done)")

_PLUG = "plug it in, by a cable that has data lines"
_BUILD = "build the SDK: bash build.sh"
_BUTTON = "hold the User button, press Reset (or plug it in), let go, and flash again"
_RULES = "install the SDK's udev rules: scripts/99-coral-micro.rules, then plug it in again"
_GROUP = "sudo usermod -aG plugdev,dialout $USER, then log out and in again"


class _Known(NamedTuple):
    """What the program may say, and what it means."""

    words: str
    error: type[EedgeError]
    tries: Sequence[str]


_FAILURES = (
    _Known("Multiple Dev Board Micros", SeveralMicrosError, ["--device micro:SERIAL"]),
    _Known("No Dev Board Micro devices", NoMicroError, [_PLUG, _BUTTON]),
    _Known("Unable to find device in SDP mode", ButtonError, [_BUTTON, _RULES]),
    _Known("in any recognized mode", NoMicroError, [_PLUG, _BUTTON]),
    _Known("in flashloader mode", ButtonError, ["plug it in again", _BUTTON]),
    _Known("in elf_loader mode", ButtonError, ["plug it in again", _BUTTON]),
    _Known("cannot open USB HID device", RightsError, [_RULES, _GROUP]),
    _Known("Failed to open Dev Board Micro HID", RightsError, [_RULES, _GROUP, _BUTTON]),
    _Known("Unable to open serial port", RightsError, [_GROUP, "close what else has it open"]),
    _Known("Device serial port not found", NoMicroError, ["plug it in again", _BUTTON]),
    _Known("Permission denied", RightsError, [_RULES, _GROUP]),
    _Known("cannot find libusb", SdkError, ["sudo apt install libusb-1.0-0"]),
    _Known("ModuleNotFoundError", SdkError, ["pip install -r scripts/requirements.txt"]),
    _Known("does not exist", SdkError, [_BUILD]),
    _Known("No elfloader found", SdkError, [_BUILD]),
    _Known("Creating filesystem failed", SdkError, [_BUILD]),
    _Known("Creating sbfile failed", SdkError, [_BUILD]),
    _Known("Encountered an error during flashing", FlashToolError, [_BUTTON]),
)
_BEGIN = "STARTING"
_TIMES: Final = {_BEGIN: 120.0, "STATE_PROGRAM": 180.0, "STATE_PROGRAM_DATA_FILES": 60.0}
_TIME = 40.0
"""Seconds without a word in a state: the program itself looks for a device for 10 s."""


def flash_micro(
    bundle: Bundle,
    tool: Sequence[str],
    elf: Path,
    serial: str | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    notice: Callable[[str], None] = lambda _: None,
    patience: float = 1.0,
    board: Board | None = None,
) -> int:
    """Put a program and a bundle on a board; return how many bytes of the bundle are there.

    Args:
        bundle: goes to `/bundle` on the board.
        tool: how the SDK's flashtool is called.
        elf: the program that runs there.
        serial: which board, where there are several.
        on_progress: is given how many files of how many are there.
        notice: is given the states.
        patience: the time-outs, in units of those that are usual.
        board: what must hold program and bundle, if it is not the one that comes with eedge.

    Raises:
        DoesNotFitError: saying by how much; nothing has been sent then.
        FlashToolError: with its name, and what to hold or to try.
    """
    program_bytes = elf.stat().st_size if elf.is_file() else None
    check_fits(bundle, board or load_board(BOARD), program_bytes)
    with tempfile.TemporaryDirectory(prefix="eedge-") as folder:
        paths = contents(bundle)
        size = 0
        for path in paths:
            place = Path(folder, FOLDER, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.path / path, place)
            size += place.stat().st_size
        args = [*tool, "--elf_path", str(elf), "--arduino", "--data_dir", folder]
        args += ["--serial", serial] if serial else []
        run = _Run(args, patience)
        done: set[str] = set()
        for line in run.lines():
            if _STATE.fullmatch(line):
                run.state = line
                notice(line.lower().replace("_", " "))
            elif (found := _FILE.fullmatch(line)) and found[2] is None:
                done.add(found[1].removeprefix(f"/{FOLDER}/"))
                on_progress(len(done & {*paths}), len(paths))
            elif line.startswith(_DONE):
                if missing := sorted({*paths} - done):
                    raise FlashToolError(
                        f"the flasher calls it done, but has not sent {missing[0]}",
                        "see that its --data_dir works: it does with --arduino only",
                    )
                return size
            else:
                _refuse(line, run.state)
        raise FlashToolError(
            f"the flasher ended in state {run.state} and did not say that it is done", _BUTTON
        )


def _refuse(line: str, state: str) -> None:
    """Raise what a line of the program means, if it is a failure."""
    for known in _FAILURES:
        if known.words in line:
            raise known.error(f"Dev Board Micro, {state}: {line}", *known.tries)


class _Run:
    """A run of the flasher, and the state that it is in."""

    def __init__(self, args: Sequence[str], patience: float) -> None:
        self.state = _BEGIN
        self._args, self._patience = args, patience

    def lines(self) -> Iterator[str]:
        """Yield what it says, on whatever it says it, until it ends.

        Raises:
            FlashToolError: nothing comes for too long; it does not run any more.
        """
        # Unbuffered, or its words would come all at once when it ends.
        script = 'export PYTHONUNBUFFERED=1; exec "$@" 2>&1'
        stream = ProcessStream(["sh", "-c", script, "sh", *self._args], "flashtool")
        begun = b""
        try:
            while True:
                try:
                    data = stream.read(self._time())
                except LinkLostError:
                    break
                if not data:
                    raise self._hangs()
                *whole, begun = (begun + data).split(b"\n")
                for line in whole:
                    yield line.decode(errors="replace").strip()
            yield begun.decode(errors="replace").strip()
        finally:
            stream.close()

    def _time(self) -> float:
        return _TIMES.get(self.state, _TIME) * self._patience

    def _hangs(self) -> FlashToolError:
        what = (
            f"Dev Board Micro: nothing has happened in state {self.state} for {self._time():.0f} s"
        )
        return FlashToolError(what, "plug it in again", _BUTTON)
