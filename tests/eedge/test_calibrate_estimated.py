"""A calibration for a board that is not at hand says everywhere that its times are an estimate."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.board import load_board
from calibration.table_csv import read_table
from convert.explain.estimate import estimate
from edge.bundle import Bundle
from tests.calibration.sounds import write_manifest

Run = Callable[..., subprocess.CompletedProcess[str]]

BOARD = "raspberry-pi-4"


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_manifest(tmp_path_factory.mktemp("speech") / "cal.jsonl", [0.3, 0.5, 0.7, 0.9])


@pytest.fixture
def bundle(tiny_paths: dict[str, Path], tmp_path: Path) -> Path:
    tiny = tiny_paths["dynamic-int8"]
    return Path(shutil.copytree(tiny, tmp_path / "tiny.eedge"))


def test_table_file_and_screen_say_that_it_is_an_estimate(
    eedge: Run, bundle: Path, speech: Path
) -> None:
    done = eedge("calibrate", bundle, "--board", BOARD, "--data", speech)
    assert done.returncode == 0, done.stderr
    assert "ms, estimated" in done.stdout
    assert "times not measured: estimated for Raspberry Pi 4 Model B" in done.stdout
    assert "is not measured" in done.stderr

    opened = Bundle.open(bundle)
    calibration = opened.calibration(BOARD)
    assert not calibration.measured
    assert calibration.conditions["estimated"] == "Raspberry Pi 4 Model B"

    # 0.3 s of sound are 8 encoder frames: the smallest length. Costs are those of the board's file.
    table = read_table(bundle / "calibration" / f"{BOARD}.csv")
    smallest = estimate(opened, load_board(BOARD))[opened.manifest.buckets[0]]
    row = table.where(table.utterance == table.utterance[0])
    assert row.cost_blocks[0, 0] == pytest.approx(smallest.to_here[0], rel=1e-3)


def test_json_says_it_too(eedge: Run, bundle: Path, speech: Path) -> None:
    done = eedge("calibrate", bundle, "--board", BOARD, "--data", speech, "--json")
    assert done.returncode == 0, done.stderr
    conditions = json.loads(done.stdout)["data"]["conditions"]
    assert conditions["estimated"] == "Raspberry Pi 4 Model B"


def test_a_bundle_for_another_target_is_refused_before_anything_runs(
    eedge: Run, bundle: Path, speech: Path
) -> None:
    done = eedge("calibrate", bundle, "--board", "coral-usb", "--data", speech)
    assert done.returncode == 2
    assert "eedge convert --board coral-usb" in done.stderr
