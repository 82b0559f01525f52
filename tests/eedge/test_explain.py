"""`eedge explain`, as a user calls it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.convert.explain.made import Made

Run = Callable[..., subprocess.CompletedProcess[str]]

BOARD = """
name = "tpu"
title = "An Edge TPU"
url = "https://coral.ai"
link = "ssh"
work_dir = "~/eedge"
target = "edgetpu"
recipe = "static-int8"
operators = "edgetpu-16"

[limits]
parameter_cache_bytes = { value = 100, source = "made up for a test" }
"""


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "tpu.toml"
    path.write_text(BOARD)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A convolution, what the Edge TPU does not take, and a convolution."""
    made, shape = Made(), (1, 1, 50, 16)
    x = made.tensor(*shape)
    first = made.operator("CONV_2D", [x, made.weights(16, 1, 1, 16)], made.tensor(*shape))
    middle = made.operator("GELU", [first], made.tensor(*shape))
    last = made.operator("CONV_2D", [middle, made.weights(16, 1, 1, 16)], made.tensor(*shape))
    return made.write(tmp_path / "model.tflite", [x], [last])


def test_it_names_each_operator_the_rule_and_the_rewrite(
    eedge: Run, model: Path, board: Path
) -> None:
    done = eedge("explain", model, "--board", board)
    assert done.returncode == 0, done.stderr
    assert "GELU × 1: unknown" in done.stdout
    assert "x · sigmoid(1.702 x)" in done.stdout
    assert "behind one that is not mapped" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_json_has_every_operator_and_the_bytes_at_each_border(
    eedge: Run, model: Path, board: Path
) -> None:
    data = json.loads(eedge("explain", model, "--board", board, "--json").stdout)["data"]
    (file,) = data["files"]
    assert [operator["mapped"] for operator in file["operators"]] == ["yes", "no", "yes"]
    assert [operator["place"] for operator in file["operators"]] == ["accelerator", "cpu", "cpu"]
    assert file["mapped_share"] == 0.5
    assert file["crossing_bytes"] == 2 * 50 * 16
    # 256 bytes of weights for a parameter cache of 100.
    assert (file["weight_bytes"], file["streamed_bytes"]) == (256, 156)


def test_the_gate_fails_with_status_1_and_names_the_file(
    eedge: Run, model: Path, board: Path
) -> None:
    done = eedge("explain", model, "--board", board, "--min-mapped", "0.95")
    assert done.returncode == 1
    assert "GELU × 1: unknown" in done.stdout
    assert "model.tflite with 50.0%" in done.stderr


def test_a_board_without_an_accelerator_is_wrong_usage(eedge: Run, model: Path) -> None:
    done = eedge("explain", model, "--board", "host")
    assert done.returncode == 2
    assert "takes every operator" in done.stderr


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x00\x00\x00TFL3"])
def test_what_is_no_model_is_an_expected_failure(
    eedge: Run, tmp_path: Path, board: Path, content: bytes
) -> None:
    path = tmp_path / "wrong.tflite"
    path.write_bytes(content)
    done = eedge("explain", path, "--board", board)
    assert done.returncode == 1
    assert "wrong.tflite" in done.stderr
    assert "Traceback" not in done.stderr
