"""The SDK's flasher, by a program that says what it says and, like it, ends with status 0."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import Bundle
from edge.contents import contents
from firmware_host.errors import (
    ButtonError,
    FlashToolError,
    NoMicroError,
    RightsError,
    SdkError,
    SeveralMicrosError,
)
from firmware_host.flash.micro import flash_micro

# The words are those that users have sent in: google-coral/coralmicro issues 47, 70, 99 and 118,
# google-coral/edgetpu issues 733 and 856.
PREPARING = """\
Finding all necessary files
Creating Filesystem
\tSection: 0x0
iMX bootable image generated successfully
Boot Section 0x00000000:
  FILL | adr=0x00010000 | len=0x00000004 | ptn=0xc2000105
  LOAD | adr=0x00000004 | len=0x00017854 | crc=0x511a1083 | flg=0x0110
"""
RESETTING = """\
STATE_CHECK_FOR_ANY
STATE_CHECK_FOR_CORAL_MICRO
STATE_RESET_TO_SDP
STATE_CHECK_FOR_SDP
"""
LOADING = """\
STATE_LOAD_FLASHLOADER
STATE_CHECK_FOR_FLASHLOADER
STATE_PROGRAM
STATE_LOAD_ELFLOADER
STATE_PROGRAM_DATA_FILES
OpenHidDevice vid=18d1 pid=9307 ...
OpenHidDevice vid=18d1 pid=9307 opened
"""
DONE = """\
Transferring /default.elf
/default.elf done
Transferring /usb_ip_address
/usb_ip_address done
STATE_RESET_TO_FLASH
OpenHidDevice vid=18d1 pid=9307 ...
OpenHidDevice vid=18d1 pid=9307 opened
Flashing to flash storage complete, the device is restarting to execute your application.
"""
STAND_IN = """\
import pathlib, sys, time
said, last = {said!r}, {last!r}
print(said, end="", flush=True)
folder = pathlib.Path(sys.argv[sys.argv.index("--data_dir") + 1])
if "DATA_FILES" in said:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith({left_out!r}):
            name = "/" + path.relative_to(folder).as_posix()
            print(f"Transferring {{name}}", f"{{name}} 50%", f"{{name}} done", sep="\\n")
print(last, end="", flush=True)
time.sleep({sleep})
"""


@pytest.fixture
def bundle(make: Callable[..., Bundle]) -> Bundle:
    return make(1)


def tool(
    folder: Path, said: str, last: str = "", left_out: str = "~", sleep: float = 0
) -> list[str]:
    """Return how a stand-in is called that says this."""
    program = folder / "flashtool.py"
    program.write_text(STAND_IN.format(said=said, last=last, left_out=left_out, sleep=sleep))
    return [sys.executable, str(program)]


def test_a_board_is_flashed_state_by_state(bundle: Bundle, tmp_path: Path) -> None:
    states: list[str] = []
    progress: list[tuple[int, int]] = []
    size = flash_micro(
        bundle,
        tool(tmp_path, PREPARING + RESETTING + LOADING, DONE),
        tmp_path / "app",
        "0123",
        lambda done, total: progress.append((done, total)),
        states.append,
    )
    paths = contents(bundle)
    assert size == sum((bundle.path / path).stat().st_size for path in paths)
    assert progress[-1] == (len(paths), len(paths))
    assert states[0] == "state check for any"
    assert states[-1] == "state reset to flash"


SDP = "Encountered an error during flashing: Unable to find device in SDP mode.\n"
HID = "Error: UsbHidPeripheral() cannot open USB HID device (vid=0x1fc9, pid=0x013d, sn=).\n"
TRACEBACK = """\
Traceback (most recent call last):
  File "flashtool.py", line 1194, in <module>
    main()
Exception: Failed to open Dev Board Micro HID device
"""


@pytest.mark.parametrize(
    ("said", "error", "hint"),
    [
        (PREPARING + RESETTING + SDP, ButtonError, "hold the User button"),
        (PREPARING + RESETTING + "STATE_LOAD_FLASHLOADER\n" + HID, RightsError, "udev rules"),
        (PREPARING + "STATE_RESET_ELFLOADER\n" + TRACEBACK, RightsError, "udev rules"),
        ("No Dev Board Micro devices detected!\n", NoMicroError, "plug it in"),
        ("Multiple Dev Board Micros detected, please provide a serial number.\n",
         SeveralMicrosError, "micro:SERIAL"),
        ("/sdk/third_party/nxp/elftosb does not exist\n", SdkError, "build the SDK"),
        ("ModuleNotFoundError: No module named 'hid'\n", SdkError, "requirements.txt"),
        (PREPARING + RESETTING, FlashToolError, "hold the User button"),
        ("", FlashToolError, "hold the User button"),
    ],
)  # fmt: skip
def test_what_goes_wrong_has_a_name_and_a_way_out(
    bundle: Bundle, tmp_path: Path, said: str, error: type[FlashToolError], hint: str
) -> None:
    with pytest.raises(error) as raised:
        flash_micro(bundle, tool(tmp_path, said), tmp_path / "app")
    assert hint in " ".join(raised.value.tries)


def test_what_hangs_is_ended_and_says_in_which_state(bundle: Bundle, tmp_path: Path) -> None:
    waits = tool(tmp_path, PREPARING + RESETTING, sleep=30)
    with pytest.raises(FlashToolError, match="in state STATE_CHECK_FOR_SDP for 0 s"):
        flash_micro(bundle, waits, tmp_path / "app", patience=0.01)


def test_what_is_called_done_but_was_not_sent_is_not_done(bundle: Bundle, tmp_path: Path) -> None:
    lies = tool(tmp_path, PREPARING + RESETTING + LOADING, DONE, left_out="block_02")
    with pytest.raises(FlashToolError, match=r"has not sent block_02\.tflite"):
        flash_micro(bundle, lies, tmp_path / "app")


def test_names_reach_it_as_they_are(bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "a b;$(touch x)"
    folder.mkdir()
    flash_micro(bundle, tool(folder, LOADING, DONE), folder / "`touch y`", "$(touch z)")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.eedge", folder.name]
