"""A compiled bundle, a stand-in for libedgetpu, and a board file that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convert.compiling.bundle import compile_bundle
from tests.calibration.sounds import write_manifest
from tests.convert.compiling.standin import edge_tpu_bundle, write_standin
from tests.edge.delegate.standin import build

BOARD = """
name = "standin"
title = "A stand-in"
url = "https://coral.ai"
link = "local"
work_dir = "~/eedge"
target = "edgetpu"
recipe = "static-int8"
operators = "edgetpu-16"

[delegate]
library = "{library}"
options = {{ device = "usb" }}
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("libedgetpu"))


@pytest.fixture(scope="session")
def uncompiled(tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = tiny_paths["dynamic-int8"]
    return edge_tpu_bundle(tiny, tmp_path_factory.mktemp("uncompiled") / "tiny.eedge")


@pytest.fixture(scope="session")
def compiled(uncompiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled by a stand-in that leaves the models as they are."""
    folder = tmp_path_factory.mktemp("compiled")
    bundle = edge_tpu_bundle(uncompiled, folder / "tiny.eedge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDIN_CALLS", str(folder / "calls"))
        compile_bundle(bundle, write_standin(folder), 0.95)
    return bundle


@pytest.fixture
def board(library: Path, tmp_path: Path) -> Path:
    path = tmp_path / "standin.toml"
    path.write_text(BOARD.format(library=library))
    return path


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = write_manifest(tmp_path_factory.mktemp("sound") / "one.jsonl", [0.4])
    return manifest.parent / str(json.loads(manifest.read_text())["audio_filepath"])
