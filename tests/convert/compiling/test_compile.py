"""`eedge compile` changes a bundle when all of it is compiled and mapped, and otherwise not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.errors import GateError
from convert.compiling.bundle import compile_bundle
from convert.compiling.compiler import CompilerError, find_compiler
from convert.explain.model import read_model
from edge.bundle import Bundle
from edge.compiled import LOG, Compiled
from edge.manifest import Manifest
from eedge.cli import main
from tests.convert.compiling.standin import edge_tpu_bundle, write_standin

Calls = Callable[[], list[str]]


@pytest.fixture
def bundle(tiny_paths: dict[str, Path], tmp_path: Path) -> Path:
    """A bundle of two blocks that says that it was converted for the Edge TPU at two lengths."""
    return edge_tpu_bundle(tiny_paths["dynamic-int8"], tmp_path / "tiny.eedge")


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STANDIN_CALLS", str(tmp_path / "calls"))
    return write_standin(tmp_path)


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return lambda: (tmp_path / "calls").read_text().splitlines()


def content(bundle: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in bundle.iterdir() if path.is_file()}


def test_every_file_is_compiled_at_every_length_and_kept_beside_what_it_was_made_from(
    bundle: Path, compiler: Path
) -> None:
    before = content(bundle)
    compile_bundle(bundle, compiler, 0.95)
    opened = Bundle.open(bundle)
    compiled = Compiled.of(opened)
    assert compiled is not None
    assert compiled.compiler == "edgetpu_compiler 16.0.384591198"
    assert set(compiled.files) == {
        *("frontend.tflite", *opened.manifest.blocks, *opened.manifest.exits.values())
    }
    for name, lengths in compiled.files.items():
        assert tuple(lengths) == opened.manifest.buckets
        assert (bundle / name).read_bytes() == before[name]
        for frames, made in lengths.items():
            (graph,) = read_model(bundle / made.file)
            assert graph.name == f"t{frames}"
            assert made.cached_bytes == round(49.75 * 1024)
    assert "Compilation succeeded!" in (bundle / LOG).read_text()


def test_files_that_run_first_come_first_so_that_they_have_the_parameter_cache(
    bundle: Path, compiler: Path, calls: Calls
) -> None:
    compile_bundle(bundle, compiler, 0.95)
    for call in calls():
        names = [Path(part).name for part in call.split() if part.endswith(".tflite")]
        assert names[:4] == [
            "frontend.tflite",
            "block_01.tflite",
            "exit_01.tflite",
            "block_02.tflite",
        ]
    assert len(calls()) == len(Manifest.read(bundle).buckets)


def test_what_our_table_did_not_expect_is_a_surprise_that_is_counted(
    bundle: Path, compiler: Path
) -> None:
    surprises = {
        (one.operator, one.status): one.more
        for one in compile_bundle(bundle, compiler, 0.95).surprises
    }
    # The stand-in says of each of 5 files at 2 lengths that it has 3 convolutions, all mapped.
    assert surprises["CONV_2D", "Mapped to Edge TPU"] > 0
    assert surprises["BATCH_MATMUL", "Operation not supported"] < 0


def test_compiling_again_replaces_what_was_compiled(bundle: Path, compiler: Path) -> None:
    compile_bundle(bundle, compiler, 0.95)
    once = sorted(content(bundle))
    compile_bundle(bundle, compiler, 0.95)
    assert sorted(content(bundle)) == once


@pytest.mark.parametrize("mode", ["half", "nothing"])
def test_called_successful_with_little_mapped_is_a_gate_not_met(
    mode: str, bundle: Path, compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN", mode)
    before = content(bundle)
    with pytest.raises(GateError) as caught:
        compile_bundle(bundle, compiler, 0.95)
    assert content(bundle) == before
    assert any("not supported" in hint or "unsupported" in hint for hint in caught.value.tries)
    compile_bundle(bundle, compiler, 0.0)


def test_what_is_known_to_fail_without_cause_is_tried_again(
    bundle: Path, compiler: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN", "flaky")
    compile_bundle(bundle, compiler, 0.95)
    assert len(calls()) == len(Manifest.read(bundle).buckets) + 1


def test_activations_that_are_too_large_are_left_to_the_cpu_by_a_search(
    bundle: Path, compiler: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN", "too large")
    compile_bundle(bundle, compiler, 0.95)
    assert "-d -k 10" in calls()[1]


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        ("crash", "Internal compiler error"),
        ("too new", "Model could not be parsed|Registration failed"),
        ("silent", "did not write"),
    ],
)
def test_giving_up_leaves_the_bundle_as_it_was_and_says_why(
    mode: str, what: str, bundle: Path, compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN", mode)
    before = content(bundle)
    with pytest.raises(CompilerError, match=what):
        compile_bundle(bundle, compiler, 0.95)
    assert content(bundle) == before


def test_a_bundle_for_a_cpu_is_refused(bundle: Path, compiler: Path) -> None:
    manifest = Manifest.read(bundle)
    manifest.model_copy(update={"target": "cpu"}).write(bundle)
    with pytest.raises(CompilerError, match="converted for cpu"):
        compile_bundle(bundle, compiler, 0.95)


def test_the_compiler_is_the_one_given_that_of_the_variable_or_that_on_the_path(
    compiler: Path, tmp_path: Path
) -> None:
    elsewhere = {"PATH": os.devnull}
    assert find_compiler(compiler, elsewhere) == compiler
    assert find_compiler(None, {**elsewhere, "EDGETPU_COMPILER": str(compiler)}) == compiler
    assert find_compiler(None, {"PATH": str(compiler.parent)}) == compiler
    assert find_compiler(None, elsewhere) is None
    with pytest.raises(CompilerError, match="no program"):
        find_compiler(tmp_path / "nowhere", elsewhere)


def test_the_command_shows_what_was_mapped_as_text_and_as_json(
    bundle: Path, compiler: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(bundle), "--compiler", str(compiler)]) == 0
    assert "edgetpu_compiler 16.0.384591198" in capsys.readouterr().out
    assert main(["compile", str(bundle), "--compiler", str(compiler), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["least_mapped"] == 1.0
    assert data["files"][0]["rows"][0]["operator"] == "CONV_2D"


def test_without_a_compiler_the_command_says_where_it_is_to_be_had(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.delenv("EDGETPU_COMPILER", raising=False)
    assert main(["compile", str(bundle)]) == 1
    assert "coral.ai/docs/edgetpu/compiler" in capsys.readouterr().err
