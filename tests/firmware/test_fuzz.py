"""Everything that parses, under AddressSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import JsonValue

from edge import sealed
from tests.firmware.conftest import SANITIZED, Build
from tests.firmware.recording import RECORDING, make_recorded
from tests.firmware.test_wire import some_stream

pytestmark = pytest.mark.slow

RUNS = 2000
"""Of each file, changed at random; libFuzzer's (`-DFUZZ=ON`) go on for as long as one likes."""


def write_streams(folder: Path) -> None:
    rng = random.Random(17)
    for number in range(20):
        (folder / str(number)).write_bytes(some_stream(rng))


def write_json(folder: Path) -> None:
    content: dict[str, JsonValue] = {
        "a": [1, -2.5e-3, "é🎤\n\\"],
        "b": {"$ref": "#/a/0"},
        "c": [[[{}]], None, True],
    }
    sealed.write(folder / "a", content)
    (folder / "b").write_text("[" * 26 + r'"\ud83d\udca9"' + "]" * 26)


def write_recording(folder: Path) -> None:
    bundle = make_recorded(folder.with_name("recorded.eedge"), 1)
    shutil.copy(bundle.path / RECORDING, folder / "a")


def write_orders(folder: Path) -> None:
    """What to do with the slots, a byte each; the first is what lies in memory before."""
    rng = random.Random(23)
    for number in range(2):
        (folder / str(number)).write_bytes(rng.randbytes(100))


@pytest.mark.parametrize(
    ("name", "write", "runs"),
    [
        ("wire", write_streams, RUNS),
        ("json", write_json, RUNS),
        ("recording", write_recording, RUNS),
        ("slots", write_orders, RUNS // 4),
    ],
)
def test_nothing_that_comes_in_leads_out_of_its_memory(
    built: Build, tmp_path: Path, name, write, runs
):
    program = built("sanitized", *SANITIZED) / "fuzz" / f"fuzz-{name}"
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    write(seeds)
    run(program, sorted(seeds.iterdir()), runs)


def test_no_model_leads_out_of_its_memory(built: Build, tiny_paths: dict[str, Path]):
    program = built("sanitized", *SANITIZED) / "fuzz" / "fuzz-model"
    run(program, [tiny_paths["float32"] / "exit_01.tflite"])


def run(program: Path, seeds: list[Path], runs: int = RUNS) -> None:
    done = subprocess.run(
        [program, str(runs), "3", *seeds], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
