"""Running files, alone and together."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from edge.errors import InterpreterError
from edge.interpreter import Group, Runner
from tests.edge.rewriting import rewritten

X = np.random.default_rng(0).standard_normal((1, 25, 16)).astype(np.float32)
MASK = np.ones((1, 25, 1), np.float32)


@pytest.fixture
def block(tiny):
    return Runner(tiny.path / "block_01.tflite")


def test_every_length_of_a_file_runs(tiny):
    runner = Runner(tiny.path / "block_01.tflite")
    for frames in tiny.manifest.buckets:
        x = np.zeros((1, frames, 16), np.float32)
        assert runner.run(f"t{frames}", x, x[:, :, :1]).shape == (1, frames, 16)


def test_inputs_reach_the_arguments_that_they_are_meant_for(block):
    hidden = np.ones_like(MASK)
    hidden[:, 20:] = 0
    changed = X.copy()
    changed[:, 20:] += 1
    assert np.array_equal(
        block.run("t25", X, hidden)[:, :20], block.run("t25", changed, hidden)[:, :20]
    )


def test_a_mask_is_left_out_where_none_is_taken(tiny):
    linear = Runner(tiny.path / "exit_01.tflite")
    assert np.array_equal(linear.run("t25", X, MASK), linear.run("t25", X))


def test_an_output_outlives_the_next_run(block):
    first = block.run("t25", X, MASK)
    kept = first.copy()
    block.run("t25", -X, MASK)
    assert np.array_equal(first, kept)


def test_loading_is_timed_apart(block):
    begin = time.perf_counter()
    block.run("t25", X, MASK)
    whole = time.perf_counter() - begin
    assert block.calls == 1
    assert block.loading_s > 0
    assert block.seconds + block.loading_s <= whole


def group_of(folder, **options):
    """The parts of a bundle, by the stem of their name."""
    group = Group(**options)
    paths = sorted(folder.glob("*.tflite"))
    return group, {path.stem: Runner(path, group=group) for path in paths}


def run_all(runners):
    """Run the blocks one after the other, and each branch."""
    hidden, outputs = X, []
    for name, runner in runners.items():
        if name.startswith("block"):
            hidden = runner.run("t25", hidden, MASK)
        if name != "frontend":
            outputs.append(runner.run("t25", hidden, MASK))
    return outputs


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("recipe", ["float32", "dynamic-int8"])
def test_files_put_out_the_same_bits_together_and_apart(tiny_paths, recipe, reference):
    together, apart = (
        run_all(group_of(tiny_paths[recipe], together=one, reference=reference)[1])
        for one in (True, False)
    )
    assert all(map(np.array_equal, together, apart))


def test_a_group_is_loaded_at_once_and_each_file_counts_its_own_runs(tiny):
    group, runners = group_of(tiny.path)
    runners["block_01"].run("t25", X, MASK)
    loaded = group.loading_s
    runners["block_03"].run("t25", X, MASK)
    runners["block_03"].run("t25", X, MASK)
    assert group.loading_s == loaded == runners["exit_01"].loading_s > 0
    calls = {name: runner.calls for name, runner in runners.items() if runner.calls}
    assert calls == {"block_01": 1, "block_03": 2}
    assert runners["block_02"].seconds == 0 < runners["block_01"].seconds


def test_what_was_released_is_loaded_again(tiny):
    group, runners = group_of(tiny.path)
    block = runners["block_01"]
    first = block.run("t25", X, MASK)
    loaded = group.loading_s
    group.release("t25")
    assert np.array_equal(block.run("t25", X, MASK), first)
    assert group.loading_s > loaded


def without_other_signatures(model):
    model.signatureDefs = [one for one in model.signatureDefs if one.signatureKey == b"t25"]


def test_files_that_cannot_be_joined_run_all_the_same(copy):
    """A subgraph that belongs to no signature may be called by its number, which must stay."""
    path = copy / "block_03.tflite"
    lone = rewritten(path.read_bytes(), without_other_signatures)
    expected = run_all(group_of(copy)[1])
    path.write_bytes(lone)
    assert all(map(np.array_equal, run_all(group_of(copy)[1]), expected))


@pytest.mark.parametrize("content", [b"", b"not a model", None], ids=["empty", "text", "half"])
def test_of_a_group_the_file_that_is_broken_is_named(copy, content):
    path = copy / "block_03.tflite"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    _, runners = group_of(copy)
    for _ in range(2):
        with pytest.raises(InterpreterError, match=r"block_03\.tflite: cannot be loaded"):
            runners["block_01"].run("t25", X, MASK)


def test_of_a_group_the_file_that_is_missing_is_named(copy):
    _, runners = group_of(copy)
    (copy / "exit_02.tflite").unlink()
    with pytest.raises(InterpreterError, match=r"exit_02\.tflite: cannot be loaded"):
        runners["block_01"].run("t25", X, MASK)


def test_nothing_is_loaded_before_it_is_needed(tmp_path):
    runner = Runner(tmp_path / "missing.tflite")
    assert runner.loading_s == 0
    with pytest.raises(InterpreterError, match=r"missing\.tflite"):
        runner.run("t25", X, MASK)


def test_reference_kernels_give_nearly_the_same(tiny_float):
    path = tiny_float.path / "block_01.tflite"
    fast, exact = Runner(path), Runner(path, reference=True)
    assert fast.run("t25", X, MASK) == pytest.approx(exact.run("t25", X, MASK), abs=1e-4)


@pytest.mark.parametrize(
    "inputs",
    [
        (),
        (X,),
        (X[:, :20], MASK),
        (X[0], MASK),
        (X, MASK[:, :, 0]),
        (X.astype(np.float64), MASK),
    ],
    ids=["none", "one", "short", "flat", "flat mask", "double"],
)
def test_inputs_that_do_not_fit_are_refused(block, inputs):
    with pytest.raises(InterpreterError, match=r"block_01\.tflite"):
        block.run("t25", *inputs)


def test_a_length_that_it_was_not_exported_for_is_refused(block):
    with pytest.raises(
        InterpreterError, match="not exported for length 't26', but for t12, t25, t50"
    ):
        block.run("t26", X, MASK)


@pytest.mark.parametrize("content", [b"", b"not a model", None], ids=["empty", "text", "half"])
def test_a_broken_file_is_refused_by_name(tiny, tmp_path, content):
    path = tmp_path / "broken.tflite"
    whole = (tiny.path / "block_01.tflite").read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(InterpreterError, match=r"broken\.tflite"):
        Runner(path).run("t25", X, MASK)


def test_no_interpreter_is_imported_before_one_is_needed():
    assert run_python("import edge.recogniser; print('ai_edge_litert' in sys.modules)") == "False"


def test_without_an_interpreter_it_says_what_to_install(tiny):
    hide = """
for name in ("ai_edge_litert", "tflite_runtime", "tensorflow"):
    sys.modules[name] = None  # what Python itself does for a module that must not be found
"""
    assert run_python(hide + RUN, tiny.path).startswith("no TFLite interpreter is installed")


@pytest.mark.parametrize(
    ("version", "recipe", "says"),
    [
        ("2.14.0", "dynamic-int8", "tflite_runtime 2.14.0 multiplies int8 weights wrongly"),
        ("2.14.0", "float32", "(1, 25, 16)"),
        ("2.16.0", "dynamic-int8", "(1, 25, 16)"),
    ],
)
def test_an_interpreter_that_would_compute_something_else_is_refused(
    tiny_paths, version, recipe, says
):
    # The interpreter that is here, under the old name and with an old version.
    rename = f"""
import types
import ai_edge_litert.interpreter as here

sys.modules["ai_edge_litert.interpreter"] = None
package = types.ModuleType("tflite_runtime")
package.__version__ = "{version}"
sys.modules.update({{"tflite_runtime": package, "tflite_runtime.interpreter": here}})
"""
    assert run_python(rename + RUN, tiny_paths[recipe]).startswith(says)


RUN = """
from pathlib import Path
import numpy as np
from edge.errors import InterpreterError
from edge.interpreter import Runner

x = np.zeros((1, 25, 16), np.float32)
try:
    print(Runner(Path(sys.argv[1]) / "block_01.tflite").run("t25", x, x[:, :, :1]).shape)
except InterpreterError as error:
    print(error)
"""


def run_python(program, *args):
    """Run a program in a process of its own; return what it prints."""
    command = [sys.executable, "-c", f"import sys\n{program}", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
