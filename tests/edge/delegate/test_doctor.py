"""`eedge doctor` finds what is wrong, and writes what its owner should send back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.board import load_board
from edge.examination import system

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_healthy_board_is_timed_file_by_file_beside_the_cpu(
    eedge: Run, board: Path, compiled: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    done = eedge("doctor", "--board", board, "--bundle", compiled, "--report", report)
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads(report.read_text())
    assert all(finding["good"] for finding in content["findings"])
    # Front end, two blocks and two branches at the shortest length and the longest.
    assert len(content["times"]) == 2 * 5
    for each in content["times"]:
        assert each["accelerator_s"] > 0 < each["cpu_s"]
        assert each["sqnr_db"] > 60  # The stand-in leaves all to the CPU.
        assert each["file"] in done.stdout


def test_what_is_wrong_has_a_cure_and_gives_status_1(eedge: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = eedge("doctor", "--board", "coral-usb", "--report", report)
    assert done.returncode == 1
    assert "WRONG  accelerator" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    content = json.loads(report.read_text())
    assert content["machine"]["versions"]["eedge"]
    assert str(Path.home()) not in report.read_text()


def test_a_board_without_an_accelerator_has_nothing_wrong(eedge: Run) -> None:
    done = eedge("doctor", "--board", "host", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["data"]["board"] == "host"


def test_driver_rules_temperature_and_speed_of_the_bus_are_reported(tmp_path: Path) -> None:
    stick = tmp_path / "sys/bus/usb/devices/4-2"
    apex = tmp_path / "sys/class/apex/apex_0"
    rules = tmp_path / "etc/udev/rules.d"
    for folder in (stick, apex, rules, tmp_path / "sys/module/apex"):
        folder.mkdir(parents=True)
    for name, value in {"idVendor": "18d1", "idProduct": "9302", "speed": "5000"}.items():
        (stick / name).write_text(f"{value}\n")
    (apex / "temp").write_text("48300\n")
    (rules / "99-edgetpu.rules").write_text('SUBSYSTEM=="usb", ATTRS{idVendor}=="18d1"\n')
    (rules / "10-other.rules").write_text('SUBSYSTEM=="tty"\n')
    found = system(load_board("coral-usb"), tmp_path)
    assert found["usb_speed_mbps"] == {"18d1:9302": "5000"}
    assert found["udev_rules"] == ["/etc/udev/rules.d/99-edgetpu.rules"]
    assert found["apex"] == {"apex_0": {"temp": "48300"}}
    assert found["modules"] == {"apex": True, "gasket": False}


@pytest.mark.parametrize("size", [0, 7])
def test_a_broken_bundle_is_a_finding(size: int, eedge: Run, board: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "broken.eedge"
    bundle.mkdir()
    (bundle / "manifest.json").write_bytes(b"{" * size)
    done = eedge("doctor", "--board", board, "--bundle", bundle)
    assert done.returncode == 1
    assert "WRONG  bundle" in done.stdout
