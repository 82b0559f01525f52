"""`eedge run --device`: the same results, from a device that is governed."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.bundle import Bundle
from tests.firmware_host.device import Sensors, calibrated, noises
from tests.interrupts import hear_interrupts

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    tiny = tiny_paths["dynamic-int8"]
    return calibrated(tiny, tmp_path_factory.mktemp("device") / "three.eedge")


@pytest.fixture
def agent(bundle: Bundle, tmp_path: Path) -> str:
    """The line that starts an agent which is cool and charged."""
    root = Sensors(tmp_path / "root").root
    return f"{sys.executable} -m edge.agent {bundle.path} --root {root}"


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_record_has_what_a_local_run_has_and_the_devices_state(
    eedge: Run, bundle: Bundle, agent: str, tmp_path: Path
) -> None:
    (short,) = noises(tmp_path, 1)
    (long,) = noises(tmp_path / "root", 1, seconds=3.0)
    files = (short, tmp_path / "missing.flac", long)
    done = eedge("run", bundle.path, *files, "--device", "local", "--agent", agent, "--json")
    assert done.returncode == 1, done.stderr
    here = records(eedge("run", bundle.path, *files, "--json").stdout)
    there = records(done.stdout)
    assert there[1] == here[1], "a file that cannot be read is reported, and the others are run"
    for one, other in zip(there[::2], here[::2], strict=True):
        assert {one[name] == other[name] for name in ("audio", "text", "exit", "point")} == {True}
        assert one.keys() - other.keys() == {"why", "celsius", "battery_percent"}
        assert (one["celsius"], one["battery_percent"]) == (40.0, 90.0)
    assert [piece["point"] for piece in there[2]["segments"]] == ["full", "full"]


def test_for_people_it_is_a_line_with_heat_and_battery(
    eedge: Run, bundle: Bundle, agent: str, tmp_path: Path
) -> None:
    (file,) = noises(tmp_path, 1)
    done = eedge("run", bundle.path, file, "--device", "local", "--agent", agent)
    assert done.returncode == 0, done.stderr
    assert "   40 °C   90 %  full  " in done.stdout


@pytest.mark.slow
def test_a_folder_is_watched_until_it_is_interrupted(
    bundle: Bundle, agent: str, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    options = ["--watch", str(folder), "--device", "local", "--agent", agent, "--json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "eedge", "run", str(bundle.path), *options],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert running.stdout is not None
    try:
        files = noises(tmp_path, 2)
        for file in files:
            os.link(file, folder / file.name)
            heard = json.loads(running.stdout.readline())
            assert heard["audio"] == str(folder / file.name)
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert running.stdout.read() == ""
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


@pytest.mark.slow
def test_on_a_terminal_the_devices_state_stands_beneath_the_lines(
    bundle: Bundle, agent: str, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    terminal, mine = pty.openpty()
    fcntl.ioctl(mine, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    options = ["--watch", str(folder), "--device", "local", "--agent", agent]
    running = subprocess.Popen(
        [sys.executable, "-m", "eedge", "run", str(bundle.path), *options],
        stdout=mine,
        stderr=mine,
        env={**os.environ, "TERM": "xterm"},
        preexec_fn=hear_interrupts,
    )
    try:
        (file,) = noises(tmp_path, 1)
        os.link(file, folder / file.name)
        shown, until = b"", time.monotonic() + 20
        while b"1 heard, 0 waiting" not in shown and time.monotonic() < until:
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)
        assert b"40.0 of 68 \xc2\xb0C  battery 90 %" in shown
        assert b"1 heard, 0 waiting" in shown
        assert str(folder / file.name).encode() in shown
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
    finally:
        running.kill()
        running.wait()
        for end in (terminal, mine):
            os.close(end)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--device", "local"], "give one of FILE..., --watch and --microphone"),
        (["a.wav", "--device", "local", "--exit", "2"], "the governor picks the depth"),
        (["a.wav", "--device", "lokal"], "did you mean 'local'?"),
        (["--watch", "."], "--watch and --microphone run on a device: --device local"),
        ([], "name the sound files to run"),
        (["a.wav", "--device", "local", "--point", "ful"], "did you mean 'full'?"),
        (["--watch", "/nowhere", "--device", "local"], "/nowhere: is no folder"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    eedge: Run, bundle: Bundle, options: list[str], what: str
) -> None:
    done = eedge("run", bundle.path, *options)
    assert done.returncode == 2
    assert what in done.stderr


def test_an_agent_that_does_not_start_says_why(eedge: Run, bundle: Bundle) -> None:
    agent = f"{sys.executable} -m edge.agent {bundle.path}/nowhere"
    done = eedge("run", bundle.path, "a.wav", "--device", "local", "--agent", agent)
    assert done.returncode == 1
    assert "nowhere: there is no such bundle" in done.stderr
    done = eedge("run", bundle.path, "a.wav", "--device", "local", "--agent", "nonesuch --slots x")
    assert done.returncode == 1
    assert "no agent starts there" in done.stderr


def test_an_edge_tpu_is_still_called_by_its_bus(eedge: Run, bundle: Bundle) -> None:
    done = eedge("run", bundle.path, "a.wav", "--device", "usb:1")
    assert done.returncode == 2
    assert "names an Edge TPU, but" in done.stderr
