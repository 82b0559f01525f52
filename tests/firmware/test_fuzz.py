"""Everything that parses, under AddressSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from pydantic import JsonValue

from edge import sealed
from tests.firmware.conftest import SANITIZED, Build
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


@pytest.mark.parametrize(("name", "write"), [("wire", write_streams), ("json", write_json)])
def test_nothing_that_comes_in_leads_out_of_its_memory(built: Build, tmp_path: Path, name, write):
    program = built("sanitized", *SANITIZED) / "fuzz" / f"fuzz-{name}"
    write(tmp_path)
    run(program, sorted(tmp_path.iterdir()))


def test_no_model_leads_out_of_its_memory(built: Build, tiny_paths: dict[str, Path]):
    program = built("sanitized", *SANITIZED) / "fuzz" / "fuzz-model"
    run(program, [tiny_paths["float32"] / "exit_01.tflite"])


def run(program: Path, seeds: list[Path]) -> None:
    done = subprocess.run(
        [program, str(RUNS), "3", *seeds], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
