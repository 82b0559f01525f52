"""`eedge monitor`: what a device says, for people, files and scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.wire import encode, encode_frame
from edge.wire.messages import Telemetry
from firmware_host.monitor.capture import keep
from firmware_host.monitor.follow import Chunk, Turn

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """What a device said: a line in colour, telemetry, and a line."""
    told = encode_frame(encode(Telemetry(1000, 61.5, None, 2, 0, 0.1, 3, 0, "full"), 0))
    path = tmp_path / "a.capture"
    with path.open("w") as file:
        keep(Turn(1.0, True, "connected"), file)
        keep(Chunk(2.0, b"\x1b[32mready\x1b[0m\n" + told + b"listening\n"), file)
    return path


def test_lines_go_to_the_screen_and_alike_into_the_log(
    eedge: Run, capture: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    done = eedge("monitor", "--replay", capture, "--log", log, "--no-times", "--quiet")
    assert done.returncode == 0
    assert done.stdout == "ready\nlistening\n"
    assert done.stderr == "connected\n"
    assert log.read_text() == "connected\nready\nlistening\n"


def test_json_has_telemetry_with_its_fields(eedge: Run, capture: Path) -> None:
    done = eedge("monitor", "--replay", capture, "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["kind"] for record in records] == ["link", "text", "Telemetry", "text"]
    assert (records[2]["celsius"], records[2]["battery_percent"]) == (61.5, None)


@pytest.mark.parametrize(("pattern", "status"), [("list.ning", 0), ("asleep", 1)])
def test_a_script_waits_for_a_pattern(eedge: Run, capture: Path, pattern: str, status: int) -> None:
    assert eedge("monitor", "--replay", capture, "--expect", pattern).returncode == status


def test_a_program_at_the_other_end_is_listened_to(eedge: Run) -> None:
    done = eedge(
        "monitor", "--device", "local", "--command", "echo 'it is up'", "--expect", "up$",
        "--timeout", "20", "--no-times",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "it is up\n"


def test_a_device_that_is_not_there_is_waited_for(eedge: Run) -> None:
    done = eedge("monitor", "--device", "serial:/dev/nowhere", "--timeout", "0.5", "--expect", "x")
    assert done.returncode == 1
    assert done.stderr.count("cannot be opened") == 1


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ([], "say what to show"),
        (["--device", "local"], "say what to run there"),
        (["--device", "loca"], "did you mean 'local'?"),
        (["--device", "local", "--expect", "("], "is no regular expression"),
    ],
)
def test_what_cannot_be_meant_is_refused(eedge: Run, options: list[str], what: str) -> None:
    done = eedge("monitor", *options)
    assert done.returncode == 2
    assert what in done.stderr


def test_an_agent_is_asked_for_its_telemetry_and_others_get_it(
    eedge: Run, tiny_paths: dict[str, Path]
) -> None:
    pytest.importorskip("prometheus_client", reason="needs eedge[fleet]")
    tiny = tiny_paths["dynamic-int8"]
    done = eedge(
        "monitor", "--device", "local", "--command", f"{sys.executable} -m edge.agent {tiny}",
        "--telemetry", "0.1", "--prometheus", "0", "--expect", "Telemetry", "--timeout", "20",
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert kinds[:2] == ["link", "Hello"]
    assert kinds[-1] == "Telemetry"
