"""`eedge convert` for a board with an Edge TPU, from a checkpoint to a compiled bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

from boards.board import load_board
from convert.explain.bundle import explain_path
from edge.audio import read
from edge.bundle import Bundle
from edge.compiled import Compiled
from edge.interpreter import Runner
from edge.recogniser import Recogniser
from tests.convert.lowering.conftest import BUCKET

pytestmark = pytest.mark.slow


def test_all_operators_of_the_bundle_map_and_all_files_are_compiled(edge_tpu: Path) -> None:
    said = json.loads((edge_tpu / "said.json").read_text())["data"]
    assert (said["recipe"], said["finish"]) == ("static-int8", None)
    assert min(block["alone_db"] for block in said["quality"]["blocks"].values()) > 15
    bundle = Bundle.open(edge_tpu / "tiny.eedge")
    assert bundle.manifest.target == "edgetpu"
    explanation = explain_path(bundle.path, load_board("coral-usb"))
    assert len(explanation.files) == 5
    for file in explanation.files:
        assert all(place == "accelerator" for _, _, place in file.rows), file.file
    compiled = Compiled.of(bundle)
    assert compiled is not None
    assert {tuple(lengths) for lengths in compiled.files.values()} == {(BUCKET,)}
    assert compiled.files.keys() == {file.file for file in explanation.files}


def test_what_passes_between_files_passes_untouched(edge_tpu: Path) -> None:
    assert explain_path(edge_tpu / "tiny.eedge", load_board("coral-usb")).borders == ()


@pytest.mark.parametrize("loudness", [1.0, 3.0])
def test_no_kernel_goes_on_at_the_other_end_of_its_range(edge_tpu: Path, loudness: float) -> None:
    """As TFLite's reference kernel of SUM does, beyond the range that was found."""
    path = edge_tpu / "tiny.eedge" / "block_02.tflite"
    x = loudness * np.random.default_rng(1).normal(0, 1, (1, BUCKET, 16)).astype(np.float32)
    mask = np.ones((1, BUCKET, 1), np.float32)
    exact, fast = (
        Runner(path, reference=each).run(f"t{BUCKET}", x, mask) for each in (True, False)
    )
    assert 20 * np.log10(np.abs(fast).mean() / np.abs(exact - fast).mean()) > 20


def test_without_the_chip_it_runs_here(edge_tpu: Path, repository: Path) -> None:
    sound = read(repository / "tests" / "audio" / "cal" / "000.opus")
    assert Recogniser(Bundle.open(edge_tpu / "tiny.eedge")).transcribe(sound).blocks == 2
