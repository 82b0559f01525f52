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
from convert.lengths import of_length
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


PROGRAM = """#!/bin/sh
# What benchmark_model prints: this one takes a microsecond for each 100 bytes of a file.
for word in "$@"; do case "$word" in --graph=*) file="${word#--graph=}"; esac; done
test -f "$file" || { echo "Failed to mmap model"; exit 1; }
size=$(wc -c < "$file")
echo "INFO: Inference timings in us: Init: 900, First inference: 800, Warmup (avg): 700.5," \\
    "Inference (avg): $((size / 100))"
"""


def test_where_there_is_only_benchmark_model_its_times_are_taken_and_named(
    eedge: Run, bundle: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in behind a real shell: that it is driven and read is what is seen here."""
    monkeypatch.setenv("HOME", str(tmp_path))
    program = tmp_path / "benchmark_model"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    words = ("calibrate", bundle, "--board", BOARD, "--data", speech)
    done = eedge(*words, "--benchmark-model", program, "--device", "local")
    assert done.returncode == 0, done.stderr
    assert "each file timed alone by benchmark_model on local, and added up" in done.stdout
    assert "ms, estimated" in done.stdout

    opened = Bundle.open(bundle)
    calibration = opened.calibration(BOARD)
    assert not calibration.measured
    assert calibration.conditions["timed_by"] == "benchmark_model on local"
    # To the first exit: the front end and a block, at the shortest length.
    files = (opened.manifest.frontend, opened.manifest.blocks[0])
    sizes = [len(of_length(bundle / name, opened.manifest.buckets[0])) for name in files]
    table = read_table(bundle / "calibration" / f"{BOARD}.csv")
    row = table.where(table.utterance == table.utterance[0])
    assert row.cost_blocks[0, 0] == pytest.approx(sum(size // 100 for size in sizes) / 1e6)

    program.write_text("#!/bin/sh\necho this is not it\n")
    failed = eedge(*words, "--benchmark-model", program, "--device", "local")
    assert failed.returncode == 1
    assert "times nothing there: it says 'this is not it'" in failed.stderr
    assert eedge(*words, "--benchmark-model", program).returncode == 2
