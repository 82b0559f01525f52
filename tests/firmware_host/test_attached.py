"""What is attached, and what it needs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from boards.board import board_names, load_board
from firmware_host.attached import Attached, Port, attached
from firmware_host.links.adb import Listed

BOARDS = [load_board(name) for name in board_names()]


@dataclass
class FakePort:
    """What pyserial says of a port that is not on this machine."""

    device: str
    vid: int | None = None
    pid: int | None = None
    product: str | None = None


def found(
    root: Path, ports: tuple[Port, ...] = (), phones: tuple[Listed, ...] = ()
) -> list[Attached]:
    this, *others = attached(BOARDS, root, lambda: ports, lambda: phones)
    assert (this.selector, this.board, this.usable) == ("local", "host", True)
    return others


def usb(root: Path, identity: str) -> Path:
    """Put a USB device beneath a root, and return its node."""
    folder = root / "sys/bus/usb/devices/1-1"
    folder.mkdir(parents=True)
    vendor, product = identity.split(":")
    for name, text in {
        "idVendor": vendor, "idProduct": product, "busnum": "1", "devnum": "7"
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    node = root / "dev/bus/usb/001/007"
    node.parent.mkdir(parents=True)
    node.touch()
    return node


def test_a_stick_is_found_in_each_of_its_states(tmp_path: Path) -> None:
    usb(tmp_path, "1a6e:089a")
    (stick,) = found(tmp_path)
    assert (stick.board, stick.usable, stick.state) == ("coral-usb", True, "before its first use")
    assert "/dev/bus/usb/001/007" in stick.title


def test_a_stick_that_may_not_be_opened_says_which_group_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb(tmp_path, "18d1:9302")
    monkeypatch.setattr("os.access", lambda *_: False)
    (stick,) = found(tmp_path)
    assert not stick.usable
    assert "usermod -aG plugdev" in stick.tries[0]


def test_a_card_without_its_driver_says_which_it_needs(tmp_path: Path) -> None:
    card = tmp_path / "sys/bus/pci/devices/0000:01:00.0"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x1ac1\n")
    (card / "device").write_text("0x089a\n")
    cards = found(tmp_path)
    assert {one.state for one in cards} == {"has no driver"}
    assert "gasket-dkms" in cards[0].tries[0]


def test_a_port_is_known_by_its_usb_identity(tmp_path: Path) -> None:
    node = tmp_path / "ttyACM0"
    node.touch()
    ports = (FakePort(str(node), 0x18D1, 0x9308), FakePort(str(tmp_path / "gone"), product="UART"))
    other, micro = found(tmp_path, ports)
    assert (micro.board, micro.usable) == ("coral-dev-board-micro", True)
    assert micro.selector == f"serial:{node}"
    assert (other.board, other.title, other.usable) == (None, "UART", False)
    assert "usermod -aG dialout" in other.tries[0]


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        ("device", None),
        ("unauthorized", "unlock it"),
        ("offline", "unplug it"),
        ("no permissions", "plugdev"),
        ("sideload", None),
    ],
)
def test_a_phone_says_what_it_needs(tmp_path: Path, state: str, hint: str | None) -> None:
    (phone,) = found(tmp_path, phones=(Listed("0A1B", state, "Pixel_6"),))
    assert (phone.selector, phone.title) == ("adb:0A1B", "Pixel 6")
    assert phone.usable == (state == "device")
    assert (hint or "") in "".join(phone.tries)


def test_the_command_lists_this_machine(
    eedge: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = eedge("devices")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("local")
    first = json.loads(eedge("devices", "--json").stdout)["data"]["devices"][0]
    assert (first["selector"], first["try"]) == ("local", [])
