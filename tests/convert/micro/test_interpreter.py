"""TFLite Micro's own interpreter: what it needs, and what it does not run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("tflite_micro", reason="arenas are measured with eedge[micro]")

from convert.errors import ConversionError
from convert.lengths import of_length
from convert.micro.interpreter import Need, measure_needs
from tests.convert.explain.made import Made
from tests.edge.rewriting import with_weights_behind

FRAMES, WIDTH = 50, 16


def convolution(path: Path, behind: str = "LOGISTIC") -> Path:
    """A convolution of [1, 1, 50, 16] with 256 weights, and another operator behind it."""
    made, shape = Made(), (1, 1, FRAMES, WIDTH)
    x = made.tensor(*shape)
    inputs = [x, made.weights(WIDTH, 1, 1, WIDTH)]
    middle = made.operator("CONV_2D", inputs, made.tensor(*shape), strideH=1, strideW=1)
    out = made.operator(behind, [middle], made.tensor(*shape, scale=1 / 256, zero=-128))
    return made.write(path, [x], [out])


def test_the_arena_is_the_least_that_it_runs_in(tmp_path: Path) -> None:
    from tflite_micro.python.tflite_micro import runtime

    path = convolution(tmp_path / "a.tflite")
    (need,) = measure_needs([path])
    assert need.arena_bytes is not None
    # What goes in and what comes out of an operator are there at once.
    assert need.arena_bytes > 2 * FRAMES * WIDTH
    runtime.Interpreter.from_file(str(path), arena_size=need.arena_bytes).invoke()
    with pytest.raises(RuntimeError, match="failed to allocate"):
        runtime.Interpreter.from_file(str(path), arena_size=need.arena_bytes - 16)


def test_what_it_does_not_run_costs_no_other_file_its_figures(tmp_path: Path) -> None:
    good = convolution(tmp_path / "good.tflite")
    unknown = convolution(tmp_path / "gelu.tflite", "GELU")
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(good.read_bytes()[:300])
    first, gelu, damaged, last = measure_needs([good, unknown, cut, good])
    assert gelu == Need(refusal="Didn't find op for builtin opcode 'GELU'")
    assert damaged.refusal
    assert first == last
    assert first.arena_bytes


def test_a_crash_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As TFLite Micro has it over files with several lengths."""
    program = tmp_path / "python"
    program.write_text(
        '#!/bin/sh\ncase "$3" in *crash*) kill -SEGV $$;; esac\nshift 3\n'
        'echo \'{"arena_bytes": 16, "kept_bytes": 8}\'\n[ $# = 0 ] || kill -SEGV $$\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    needs = measure_needs([Path("crash"), Path("good"), Path("crash"), Path("good")])
    assert [need.arena_bytes for need in needs] == [None, 16, None, 16]
    assert needs[0].refusal == "it ends the process: signal 11"


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 3000), value=st.integers(0, 255))
def test_a_damaged_file_is_written_anew_or_refused(tmp_path: Path, place: int, value: int) -> None:
    content = bytearray(convolution(tmp_path / "a.tflite").read_bytes())
    content[place % len(content)] = value
    (tmp_path / "b.tflite").write_bytes(content)
    with suppress(ConversionError):
        assert of_length(tmp_path / "b.tflite", FRAMES)


def test_weights_behind_the_tables_are_brought_within_them(tmp_path: Path) -> None:
    """Where they are, TFLite Micro would take them for something that is computed."""
    path = convolution(tmp_path / "a.tflite")
    behind = tmp_path / "behind.tflite"
    behind.write_bytes(with_weights_behind(path.read_bytes()))
    within = tmp_path / "within.tflite"
    within.write_bytes(of_length(behind, FRAMES))
    plain, wrong, right = measure_needs([path, behind, within])
    assert plain.arena_bytes == right.arena_bytes
    assert wrong.arena_bytes == (plain.arena_bytes or 0) + WIDTH * WIDTH
