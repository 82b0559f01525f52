"""The order of the house: who may import whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MIDDLE = {"boards", "edge"}
MAY_IMPORT = {
    "boards": set(),
    "edge": {"boards"},
    "calibration": MIDDLE,
    "firmware_host": MIDDLE,
    "training": MIDDLE,
    "convert": MIDDLE | {"training"},  # the encoder's definition
    "eedge": MIDDLE | {"calibration", "firmware_host", "training", "convert"},
}
FOLDERS = [folder for folder in MAY_IMPORT if any((ROOT / folder).glob("*.py"))]

ON_THE_DEVICE = ["boards", "edge", "firmware_host"]
NOT_THERE = {
    "accelerate",
    "ai_edge_quantizer",
    "click",
    "cryptography",
    "jax",
    "litert_torch",
    "onnx",
    "onnxruntime",
    "rich",
    "tensorflow",
    "torch",
}
# A TFLite interpreter has three names; only the first is installed beside these tests. Signatures
# are checked with `cryptography`, on a device that trusts a key.
EDGE_NEEDS = {
    "ai_edge_litert",
    "cryptography",
    "numpy",
    "pydantic",
    "pydantic_core",
    "soundfile",
    "soxr",
    "tensorflow",
    "tflite_runtime",
}
LONGEST_FILE = 400


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level package of every import in a file, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to it is not known")
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_run_one_way(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in imported(path)
        if name in MAY_IMPORT and name not in allowed
    }
    assert not wrong


def test_edge_needs_only_what_a_board_can_install() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in ("boards", "edge")
        for path in modules(folder)
        for name in imported(path)
        if name not in EDGE_NEEDS | MAY_IMPORT.keys() | sys.stdlib_module_names
    }
    assert not wrong


@pytest.mark.parametrize("folder", [name for name in ON_THE_DEVICE if name in FOLDERS])
def test_what_runs_on_a_device_loads_no_framework(folder: str) -> None:
    forbidden = NOT_THERE if folder == "firmware_host" else NOT_THERE | {"serial"}
    names = [dotted(path) for path in modules(folder)]
    program = f"""
import importlib, sys
for name in {names}:
    importlib.import_module(name)
    if found := sorted({forbidden} & sys.modules.keys()):
        sys.exit(f"{{name}} loads {{', '.join(found)}}")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_file_names_a_place_of_the_machine_it_was_written_on() -> None:
    place = re.compile(rb"(?<![\w.~])/(?:root|work)/")
    wrong = [
        str(path.relative_to(ROOT)) for path in tracked_files() if place.search(path.read_bytes())
    ]
    assert not wrong


def test_every_python_file_can_be_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in tracked_files()
        if path.suffix == ".py"
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}
