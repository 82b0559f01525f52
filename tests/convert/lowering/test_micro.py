"""`eedge convert --board coral-dev-board-micro`: what TFLite Micro says of what comes out of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
pytest.importorskip("tflite_micro", reason="arenas are measured with eedge[micro]")

import convert.convert
from boards.board import load_board
from convert.convert import Conversion
from convert.errors import ConversionError
from convert.lengths import of_length
from convert.trace import Array
from edge.arenas import ARENAS, Arenas
from edge.bundle import Bundle
from edge.compiled import Compiled
from edge.errors import DoesNotFitError
from tests.convert.lowering.conftest import BUCKET

pytestmark = pytest.mark.slow

Eedge = Callable[..., subprocess.CompletedProcess[str]]


def test_the_bundle_says_what_each_file_needs_and_that_it_fits(edge_tpu: Path) -> None:
    bundle = Bundle.open(edge_tpu / "tiny.eedge")
    arenas = Arenas.of(bundle)
    assert arenas is not None
    assert arenas.files.keys() == {*bundle.manifest.models}
    for of_file in arenas.files.values():
        assert of_file[BUCKET].refusal is None
        assert of_file[BUCKET].arena_bytes
    budget = json.loads((edge_tpu / "said.json").read_text())["data"]["budget"]
    assert (budget["frames"], budget["memory"]["excess_bytes"]) == (BUCKET, 0)


def test_compiled_files_are_counted_where_there_are_any(edge_tpu: Path, eedge: Eedge) -> None:
    bundle = Bundle.open(edge_tpu / "tiny.eedge")
    compiled = Compiled.of(bundle)
    assert compiled is not None
    done = eedge("explain", bundle.path, "--board", "coral-dev-board-micro", "--json")
    found = json.loads(done.stdout)["data"]["fits"]
    memory = {item["name"]: item for item in found["budget"]["memory"]["items"]}
    made = [lengths[BUCKET] for lengths in compiled.files.values()]
    sizes = bundle.manifest.files
    assert memory["files of one length"]["size"] == sum(sizes[one.file].size for one in made)
    assert memory["arena"]["size"] == max(one.activation_bytes or 0 for one in made)
    assert memory["arena"]["source"].startswith("computed")
    assert "CONV_2D" in found["operators"]


def test_it_puts_out_what_litert_does(edge_tpu: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    from tflite_micro.python.tflite_micro import runtime

    rng = np.random.default_rng(0)
    bundle = Bundle.open(edge_tpu / "tiny.eedge")
    for name in bundle.manifest.models:
        content = of_length(bundle.path / name, BUCKET)
        litert = Interpreter(
            model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
        )
        litert.allocate_tensors()
        micro = runtime.Interpreter.from_bytes(content, arena_size=1 << 24)
        for number, taken in enumerate(litert.get_input_details()):
            x = rng.integers(-128, 128, taken["shape"]).astype(np.int8)
            litert.set_tensor(taken["index"], x)
            micro.set_input(x, number)
        litert.invoke()
        micro.invoke()
        expected = litert.get_tensor(litert.get_output_details()[0]["index"])
        assert len(np.unique(expected)) > 10
        np.testing.assert_array_equal(micro.get_output(0), expected)


@pytest.fixture
def plan(
    edge_tpu: Path,
    checkpoint: Path,
    speech: list[Array],
    monkeypatch: pytest.MonkeyPatch,
) -> Conversion:
    """A conversion whose files are there already."""

    made = Bundle.open(edge_tpu / "tiny.eedge")

    def exported(plan: Conversion, checkpoint: object, folder: Path, on_progress: object) -> None:
        for name in made.manifest.models:
            shutil.copy(made.path / name, folder)

    monkeypatch.setattr(convert.convert, "_export_all", exported)
    board = load_board("coral-dev-board-micro")
    lengths = made.manifest.buckets
    return Conversion(checkpoint, "static-int8", "edgetpu", lengths, speech[:2], "x", board=board)


def with_memory(plan: Conversion, size: int) -> Conversion:
    assert plan.board is not None
    assert plan.board.room is not None
    limit = plan.board.room.memory_bytes.model_copy(update={"value": float(size)})
    room = plan.board.room.model_copy(update={"memory_bytes": limit})
    return replace(plan, board=plan.board.model_copy(update={"room": room}))


def test_what_does_not_fit_is_refused_and_leaves_what_was_there(
    plan: Conversion, tmp_path: Path
) -> None:
    out = tmp_path / "x.eedge"
    with pytest.raises(DoesNotFitError, match="too many; most takes: files of one length"):
        convert.convert.convert(with_memory(plan, 100_000), out)
    assert list(tmp_path.iterdir()) == []
    convert.convert.convert(plan, out)
    before = Bundle.open(out)
    assert ARENAS in before.manifest.files
    with pytest.raises(DoesNotFitError):
        convert.convert.convert(with_memory(plan, 100_000), out)
    assert Bundle.open(out).identity == before.identity


def test_a_length_that_is_not_there_is_refused(tiny_paths: dict[str, Path]) -> None:
    with pytest.raises(ConversionError, match="length 7"):
        of_length(tiny_paths["dynamic-int8"] / "block_01.tflite", 7)
