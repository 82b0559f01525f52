"""The compiler's words are read as it and its users have written them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convert.compiling.log import Row, parse_log

# google-coral/edgetpu issue 342, and PR 1672 of WongKinYiu/yolov7: figures as published there.
PARTLY = """Edge TPU Compiler version 15.0.340273435

Model compiled successfully in 577 ms.

Input model: /home/yolo/yolov3-tiny_int8.tflite
Input size: 8.58MiB
Output model: /home/yolo/yolov3-tiny_int8_edgetpu.tflite
Output size: 8.70MiB
On-chip memory used for caching model parameters: 3.00KiB
On-chip memory remaining for caching model parameters: 7.67MiB
Off-chip memory used for streaming uncached model parameters: 0.00B
Number of Edge TPU subgraphs: 1
Total number of operations: 36
Operation log: /home/yolo/yolov3-tiny_int8_edgetpu.log

Model successfully compiled but not all operations are supported by the Edge TPU. A percentage of
Number of operations that will run on Edge TPU: 2
Number of operations that will run on CPU: 34

Operator                       Count      Status

MAX_POOL_2D                    6          More than one subgraph is not supported
QUANTIZE                       2          Operation is otherwise supported, but not mapped due to \
some unspecified limitation
QUANTIZE                       1          Mapped to Edge TPU
QUANTIZE                       1          More than one subgraph is not supported
CONV_2D                        1          Mapped to Edge TPU
CONV_2D                        12         More than one subgraph is not supported
RESIZE_NEAREST_NEIGHBOR        1          Operation version not supported
LEAKY_RELU                     11         Operation not supported
CONCATENATION                  1          More than one subgraph is not supported
"""
# As the file beside a model has it: without sizes, and everything mapped.
BESIDE = """Edge TPU Compiler version 15.0.340273435
Input: mnist7.tflite
Output: mnist7_edgetpu.tflite

Operator                       Count      Status

SOFTMAX                        1          Mapped to Edge TPU
FULLY_CONNECTED                2          Mapped to Edge TPU
"""
# Without -s there is no table, and where all is mapped there are no counts.
WITHOUT_TABLE = """Edge TPU Compiler version 16.0.384591198
Input model: a.tflite
Number of Edge TPU subgraphs: 1
Total number of operations: 4
Input model: b.tflite
Number of Edge TPU subgraphs: 0
Total number of operations: 157
Number of operations that will run on Edge TPU: 0
Number of operations that will run on CPU: 157
"""


def test_a_table_is_read_row_by_row_with_sizes_in_bytes() -> None:
    log = parse_log(PARTLY)
    assert log.version == "15.0.340273435"
    (model,) = log.models
    assert model.model == "/home/yolo/yolov3-tiny_int8.tflite"
    assert (model.mapped, model.operations, model.on_cpu) == (2, 36, 34)
    assert model.cached_bytes == 3 * 1024
    assert model.cache_left_bytes == round(7.67 * 1024 * 1024)
    assert model.streamed_bytes == 0
    assert sum(row.count for row in model.rows) == 36
    assert Row("LEAKY_RELU", 11, "Operation not supported") in model.rows


def test_the_file_beside_a_model_is_read_too() -> None:
    (model,) = parse_log(BESIDE).models
    assert (model.mapped_share, model.operations) == (1.0, 3)


def test_counts_do_where_there_is_no_table() -> None:
    first, second = parse_log(WITHOUT_TABLE).models
    assert (first.mapped, first.operations) == (4, 4)
    assert (second.mapped, second.operations) == (0, 157)


@pytest.mark.parametrize("text", [PARTLY, BESIDE, WITHOUT_TABLE])
@given(noise=st.text())
def test_no_text_is_too_strange(text: str, noise: str) -> None:
    place = len(noise) * 7 % len(text)
    for model in parse_log(text[:place] + noise + text[place:]).models:
        assert model.operations >= 0
