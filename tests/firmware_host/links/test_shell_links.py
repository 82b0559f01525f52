"""Links to a shell, over the daemons that they are made for."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from boards.errors import UsageError
from edge.state.source import ShellSource
from firmware_host.errors import LinkError, LinkLostError, LinkTimeoutError
from firmware_host.links import Stream, open_link
from firmware_host.links.adb import AdbLink, parse_devices
from firmware_host.links.shell import ShellLink
from firmware_host.links.ssh import SshLink

STRANGE = "a b;$(touch pwned)`id`'\"\\*?&|<>~ ü\n!"


def read_to_the_end(stream: Stream) -> None:
    for _ in range(50):
        stream.read(0.2)


def far_size(link: ShellLink, path: str) -> int:
    return int(link.run(["wc", "-c", path]).text.split()[0])


def test_arguments_reach_a_command_as_they_are(link: ShellLink) -> None:
    done = link.run(["printf", "%s|", STRANGE, "-n", ""])
    assert done.text == f"{STRANGE}|-n||"
    assert done.status == 0


def test_status_and_output_are_the_commands_own(link: ShellLink) -> None:
    for status in (0, 1, 127, 255):
        done = link.run(["sh", "-c", f"printf out; printf err >&2; exit {status}"])
        assert (done.status, done.stdout) == (status, b"out")


def test_what_takes_too_long_is_given_up(link: ShellLink) -> None:
    begin = time.monotonic()
    with pytest.raises(LinkTimeoutError, match=r"no answer within 0\.5 s"):
        link.run(["sleep", "20"], timeout=0.5)
    assert time.monotonic() - begin < 5


def test_a_file_comes_back_as_it_was_sent(link: ShellLink, far: str, tmp_path: Path) -> None:
    source, back = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(range(256)) * 700 + b"\r\n\0")
    target = f"{far}/sub/{STRANGE.replace(chr(10), '')}.bin"
    link.push(source, target)
    link.pull(target, back)
    assert back.read_bytes() == source.read_bytes()
    source.write_bytes(b"new")
    link.push(source, target)
    assert far_size(link, target) == 3
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]  # noqa: PTH208


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(
    link: ShellLink, far: str, tmp_path: Path
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"content")
    with pytest.raises(LinkError, match="cannot be copied"):
        link.push(source, "/proc/nowhere/a")
    with pytest.raises(LinkError, match="cannot be read"):
        link.pull(f"{far}/none", tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_stream_carries_bytes_both_ways_until_its_end(link: ShellLink) -> None:
    stream = link.stream(["cat"])
    try:
        data = bytes(range(256)) * 40
        stream.write(data)
        got = b""
        until = time.monotonic() + 10
        while len(got) < len(data) and time.monotonic() < until:
            got += stream.read(1.0)
        assert got == data
        assert stream.read(0.0) == b""
    finally:
        stream.close()
    ended = link.stream(["true"])
    with pytest.raises(LinkLostError):
        read_to_the_end(ended)
    ended.close()


def test_state_is_read_over_it(link: ShellLink, far: str) -> None:
    link.run(["sh", "-c", 'echo 61550 > "$1/temp"', "sh", far])
    source = ShellSource(lambda line: ((done := link.shell(line)).status, done.text))
    assert source.files([f"{far}/*emp", "/nowhere"]) == {f"{far}/temp": "61550"}
    assert source.command(["printf", "%s", "it is"]) == "it is"
    assert source.command(["false"]) is None


def test_a_host_that_is_not_there_is_a_broken_link() -> None:
    link = SshLink("127.0.0.1", ["-F", "none", "-p", "1", "-oConnectTimeout=2"])
    with pytest.raises(LinkLostError, match="refused"):
        link.run(["true"])


@pytest.mark.parametrize("host", ["", "-oProxyCommand=touch pwned"])
def test_a_name_is_never_an_option(host: str) -> None:
    for link in (SshLink, AdbLink):
        with pytest.raises(UsageError):
            link(host)


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("local", "local"),
        ("ssh:pi@garden", "ssh:pi@garden"),
        ("adb:0123AB", "adb:0123AB"),
        ("serial:/dev/ttyACM0", "serial:/dev/ttyACM0"),
        ("serial:socket://board:7000", "serial:socket://board:7000"),
    ],
)
def test_a_selector_names_a_link(selector: str, name: str) -> None:
    assert open_link(selector).name == name


@pytest.mark.parametrize("selector", ["", "ssh", "ssh:", "shs:pi", "/dev/ttyACM0"])
def test_a_selector_that_names_none_is_refused(selector: str) -> None:
    with pytest.raises(UsageError, match="names no device"):
        open_link(selector)


def test_each_device_of_adb_is_listed_once_with_its_state() -> None:
    listed = parse_devices(
        "* daemon started successfully\nList of devices attached\n"
        "0A1B                   device usb:1-1 product:oriole model:Pixel_6 transport_id:1\n"
        "0A1B                   device product:oriole\n"
        "0C2D                   unauthorized usb:1-2 transport_id:3\n"
        "0E3F                   no permissions (user in plugdev group; are your rules wrong?); "
        "see [http://developer.android.com/tools/device.html] usb:1-3\n\n"
    )
    assert [(one.serial, one.state) for one in listed] == [
        ("0A1B", "device"),
        ("0C2D", "unauthorized"),
        ("0E3F", "no permissions"),
    ]
    assert listed[0].model == "Pixel_6"
