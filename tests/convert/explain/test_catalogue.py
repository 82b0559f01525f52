"""Every way in which a model is known to miss the Edge TPU is seen, and named."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boards.board import Board
from convert.explain.expected import left_to_cpu
from convert.explain.explained import Explained, explain
from convert.explain.model import ModelError
from tests.convert.explain.made import Made

Write = Callable[[Made, Path], Path]

BOARD = Board(
    name="tpu",
    title="An Edge TPU",
    url="https://coral.ai",
    link="ssh",
    work_dir="~/eedge",
    target="edgetpu",
    recipe="static-int8",
    operators="edgetpu-16",
)
PHONE = BOARD.model_copy(update={"target": "nnapi", "operators": "nnapi"})


def explained(write: Write, folder: Path, board: Board = BOARD) -> Explained:
    path = write(Made(), folder / "model.tflite")
    (file,) = explain([path], board).files
    return file


def conv(made: Made, x: int, shape: tuple[int, ...], version: int = 3) -> int:
    weights = made.weights(shape[-1], 1, 1, shape[-1])
    return made.operator("CONV_2D", [x, weights], made.tensor(*shape), version=version)


def good(made: Made, path: Path) -> Path:
    x = made.tensor(1, 1, 50, 16)
    return made.write(path, [x], [conv(made, x, (1, 1, 50, 16))])


def unknown(made: Made, path: Path) -> Path:
    x, y = made.tensor(4, 50, 50), made.tensor(4, 50, 50)
    out = made.operator("BATCH_MATMUL", [x, y], made.tensor(4, 50, 50))
    return made.write(path, [x, y], [out])


def too_new(made: Made, path: Path) -> Path:
    x = made.tensor(1, 1, 50, 16)
    return made.write(path, [x], [conv(made, x, (1, 1, 50, 16), version=6)])


def dynamic(made: Made, path: Path) -> Path:
    x = made.tensor(1, -1, 16)
    out = made.operator("LOGISTIC", [x], made.tensor(1, -1, 16))
    return made.write(path, [x], [out])


def rank(made: Made, path: Path) -> Path:
    x, y = made.tensor(2, 4, 50, 8), made.tensor(2, 4, 50, 8)
    return made.write(path, [x, y], [made.operator("ADD", [x, y], made.tensor(2, 4, 50, 8))])


def batch(made: Made, path: Path) -> Path:
    x = made.tensor(30, 1, 50, 16)
    return made.write(path, [x], [conv(made, x, (30, 1, 50, 16))])


def float_left(made: Made, path: Path) -> Path:
    x = made.tensor(1, 1, 50, 16, kind="FLOAT32")
    quantised = made.operator("QUANTIZE", [x], made.tensor(1, 1, 50, 16))
    middle = conv(made, quantised, (1, 1, 50, 16))
    out = made.operator("DEQUANTIZE", [middle], made.tensor(1, 1, 50, 16, kind="FLOAT32"))
    return made.write(path, [x], [out])


def computed_weights(made: Made, path: Path) -> Path:
    x, weights = made.tensor(1, 16), made.tensor(8, 16)
    out = made.operator("FULLY_CONNECTED", [x, weights, -1], made.tensor(1, 8), version=4)
    return made.write(path, [x, weights], [out])


def large(made: Made, path: Path) -> Path:
    x = made.tensor(1, 2000, 2500)
    return made.write(path, [x], [made.operator("LOGISTIC", [x], made.tensor(1, 2000, 2500))])


def unequal_concatenation(made: Made, path: Path) -> Path:
    x, y = made.tensor(1, 50, 8, scale=0.1), made.tensor(1, 50, 8, scale=0.2)
    out = made.operator("CONCATENATION", [x, y], made.tensor(1, 50, 16, scale=0.2), axis=2)
    return made.write(path, [x, y], [out])


def unequal_addition(made: Made, path: Path) -> Path:
    x, y = made.tensor(1, 50, 8, scale=0.1), made.tensor(1, 50, 8, scale=0.2)
    return made.write(path, [x, y], [made.operator("ADD", [x, y], made.tensor(1, 50, 8))])


def many_frames(made: Made, path: Path) -> Path:
    x = made.tensor(1, 50, 16)
    inputs = [x, made.weights(8, 16), -1]
    out = made.operator("FULLY_CONNECTED", inputs, made.tensor(1, 50, 8), version=5, keepNumDims=1)
    return made.write(path, [x], [out])


def scale_for_each_channel(made: Made, path: Path) -> Path:
    x = made.tensor(1, 16)
    inputs = [x, made.weights(4, 16, scale=[0.1, 0.2, 0.3, 0.4]), -1]
    out = made.operator("FULLY_CONNECTED", inputs, made.tensor(1, 4), version=4)
    return made.write(path, [x], [out])


def softmax(made: Made, path: Path) -> Path:
    x = made.tensor(1, 4, 50, 50)
    return made.write(path, [x], [made.operator("SOFTMAX", [x], made.tensor(1, 4, 50, 50))])


def wide_softmax(made: Made, path: Path) -> Path:
    x = made.tensor(1, 16001)
    return made.write(path, [x], [made.operator("SOFTMAX", [x], made.tensor(1, 16001))])


def every_second(made: Made, path: Path) -> Path:
    x = made.tensor(1, 50, 8)
    inputs = [x, made.numbers(0, 0, 0), made.numbers(1, 50, 8), made.numbers(1, 2, 1)]
    return made.write(path, [x], [made.operator("STRIDED_SLICE", inputs, made.tensor(1, 25, 8))])


def mean_of_odd_depth(made: Made, path: Path) -> Path:
    x = made.tensor(1, 50, 18)
    out = made.operator("MEAN", [x, made.numbers(2)], made.tensor(50), version=2)
    return made.write(path, [x], [out])


def wide_mean(made: Made, path: Path) -> Path:
    x = made.tensor(1, 256, 128, 3)
    out = made.operator("MEAN", [x, made.numbers(1, 2)], made.tensor(1, 3), version=2)
    return made.write(path, [x], [out])


def pack_over_batch(made: Made, path: Path) -> Path:
    x, y = made.tensor(2, 2, 2), made.tensor(2, 2, 2)
    out = made.operator("PACK", [x, y], made.tensor(2, 2, 2, 2), axis=0, valuesCount=2)
    return made.write(path, [x, y], [out])


def fused(made: Made, path: Path) -> Path:
    x = made.tensor(1, 8, 8, 4)
    out = made.operator("AVERAGE_POOL_2D", [x], made.tensor(1, 4, 4, 4), fusedActivationFunction=1)
    return made.write(path, [x], [out])


def dilated(made: Made, path: Path) -> Path:
    x = made.tensor(1, 8, 8, 4)
    out = made.operator(
        "DEPTHWISE_CONV_2D",
        [x, made.weights(1, 3, 3, 4)],
        made.tensor(1, 8, 8, 4),
        version=3,
        dilationHFactor=2,
    )
    return made.write(path, [x], [out])


def padded_with_ones(made: Made, path: Path) -> Path:
    x = made.tensor(1, 50, 8)
    ones = made.tensor(1, 2, 8, values=[1] * 16)
    out = made.operator("CONCATENATION", [x, ones], made.tensor(1, 52, 8), axis=1)
    return made.write(path, [x], [out])


REFUSED: dict[str, tuple[Write, str]] = {
    "an operator that it does not know": (unknown, "unknown"),
    "a version that is too new": (too_new, "version"),
    "a shape that is not fixed": (dynamic, "static shape"),
    "more than three dimensions": (rank, "rank"),
    "a batch": (batch, "batch is 1"),
    "float left at its edges": (float_left, "integers on both sides"),
    "weights that are computed": (computed_weights, "constant weights"),
    "a concatenation of unequal scales": (unequal_concatenation, "equal scales"),
    "a matrix product over many frames": (many_frames, "one-dimensional output"),
    "a softmax over more than one dimension": (softmax, "one-dimensional"),
    "a softmax that is too wide": (wide_softmax, "size"),
    "a stride": (every_second, "stride 1"),
    "a mean over channels that are no multiple of four": (
        mean_of_odd_depth,
        "depth a multiple of 4",
    ),
    "packing along the batch": (pack_over_batch, "not over the batch"),
    "an activation fused into a pool": (fused, "no fused activation"),
    "unequal dilation": (dilated, "equal dilation"),
    "padding that is not zero": (padded_with_ones, "zero padding only"),
}
DOUBTFUL: dict[str, tuple[Write, str]] = {
    "activations that are larger than the chip's memory": (large, "memory"),
    "an addition of unequal scales": (unequal_addition, "equal scales"),
    "a scale for each channel of a matrix product": (
        scale_for_each_channel,
        "one scale for weights",
    ),
    "a mean over many places": (wide_mean, "small window"),
}


def test_what_fits_is_mapped_whole(tmp_path: Path) -> None:
    file = explained(good, tmp_path)
    assert [verdict.answer for verdict in file.verdicts] == ["yes"]
    assert file.mapped_share == 1.0
    assert [stretch.place for stretch in file.stretches] == ["accelerator"]


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_refused_is_named_with_a_rewrite_and_its_source(fault: str, tmp_path: Path) -> None:
    write, rule = REFUSED[fault]
    file = explained(write, tmp_path)
    breaks = [found for verdict in file.verdicts for found in verdict.breaks]
    (found,) = [found for found in breaks if found.rule == rule]
    assert found.certain
    assert found.rewrite
    assert found.sources
    assert file.mapped_share < 1.0 or fault == "float left at its edges"


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_what_nobody_has_said_is_not_called_refused(doubt: str, tmp_path: Path) -> None:
    write, rule = DOUBTFUL[doubt]
    (verdict,) = explained(write, tmp_path).verdicts
    assert verdict.answer == "doubtful"
    assert [found.rule for found in verdict.breaks] == [rule]


def test_float_at_the_edges_is_left_to_the_cpu_on_both_sides(tmp_path: Path) -> None:
    file = explained(float_left, tmp_path)
    assert [stretch.place for stretch in file.stretches] == ["cpu", "accelerator", "cpu"]
    assert file.crossing_bytes == 2 * 50 * 16


def unsupported_in_the_middle(made: Made, path: Path) -> Path:
    shape = (1, 1, 50, 16)
    x = made.tensor(*shape)
    first = conv(made, x, shape)
    aside = made.operator("LOGISTIC", [x], made.tensor(*shape))
    middle = made.operator("ABS", [first], made.tensor(*shape))
    last = conv(made, middle, shape)
    out = made.operator("ADD", [last, aside], made.tensor(*shape))
    return made.write(path, [x], [out])


def test_behind_an_operator_that_is_not_mapped_all_is_left_to_the_cpu(tmp_path: Path) -> None:
    file = explained(unsupported_in_the_middle, tmp_path)
    places = {operator.number: place for operator, _, place in file.rows}
    # What does not depend on it is still mapped.
    assert places == {0: "accelerator", 1: "accelerator", 2: "cpu", 3: "cpu", 4: "cpu"}
    assert file.mapped_share == 0.5
    assert [verdict.answer for verdict in file.verdicts] == ["yes", "yes", "no", "yes", "yes"]


def test_a_delegate_that_takes_many_stretches_goes_on_behind_it(tmp_path: Path) -> None:
    file = explained(unsupported_in_the_middle, tmp_path, PHONE)
    places = [stretch.place for stretch in file.stretches]
    assert places == ["accelerator", "cpu", "accelerator"]
    assert file.mapped_share == 1.0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_file_is_an_expected_failure(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(unsupported_in_the_middle(Made(), tmp_path / "made.tflite").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.tflite"
    path.write_bytes(content[: data.draw(st.integers(8, len(content)))])
    # Either it is refused as damaged, or what is left of it is explained: never a traceback.
    with contextlib.suppress(ModelError):
        explain([path], BOARD)


def test_what_is_meant_to_stay_on_the_cpu_counts_unless_it_computes_much(tmp_path: Path) -> None:
    assert left_to_cpu(explained(float_left, tmp_path), 0.95) == 2
    assert left_to_cpu(explained(unknown, tmp_path), 0.95) == 0
