"""What `eedge explain` thinks of operators is what the compiler said of them in public."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from boards.table import OperatorTable, load_table
from convert.compiling.log import MAPPED
from convert.explain import expected
from convert.explain.check import check
from convert.explain.expected import expected_table
from convert.explain.explained import explain_graph
from convert.explain.model import Graph, read_model
from tests.convert.explain.made import Made

PUBLISHED = tomllib.loads((Path(__file__).parent / "published.toml").read_text())
MODELS: list[dict[str, Any]] = PUBLISHED["model"]
REFUSALS: list[dict[str, Any]] = PUBLISHED["refusal"]

RUNTIMES = {"2.0": 13, "2.1": 13, "14.1": 13, "15.0": 13, "16.0": 14}
"""The newest runtime that each compiler knows: https://coral.ai/docs/edgetpu/compiler/."""

SUPPORTED = {"mapped", "stranded", "rank", "version", "no reason"}
"""Statuses that the compiler gives to operators which it takes as such."""

FLOAT = {"CUSTOM", "DEQUANTIZE"}
"""What stands at the float edge of a detector: refused for its type, whatever it is."""


@pytest.fixture(scope="module")
def table() -> OperatorTable:
    return load_table("edgetpu-16")


def test_there_are_enough_of_them() -> None:
    assert len({model["source"] for model in MODELS}) == len(MODELS) >= 10
    assert expected.MAPPED == MAPPED


@pytest.mark.parametrize("model", MODELS, ids=[model["name"] for model in MODELS])
def test_the_operators_of_a_model_are_known_where_the_compiler_knows_them(
    model: dict[str, Any], table: OperatorTable
) -> None:
    newest = RUNTIMES[model["compiler"]]
    for operator, count, status in model["rows"]:
        entry = table.operators.get(operator)
        known = entry is not None and (entry.runtime or 0) <= newest
        assert count > 0
        if operator in FLOAT:
            assert (status, known) == ("type", False)
        else:
            assert status in SUPPORTED | {"not known"}
            assert known == (status in SUPPORTED), f"{operator}: {status}"


def graph_of(made: Made, path: Path, inputs: list[int], output: int) -> Graph:
    (graph,) = read_model(made.write(path, inputs, [output]))
    return graph


def table_of(name: str) -> list[tuple[str, int, str]]:
    (model,) = [model for model in MODELS if model["name"] == name]
    return sorted(tuple(row) for row in model["rows"])


WORDS = {
    expected.MAPPED: "mapped",
    expected.STRANDED: "stranded",
    expected.NOT_KNOWN: "not known",
    expected.NO_REASON: "no reason",
    "Operation is working on an unsupported data type": "type",
    "Tensor has unsupported rank (up to 3 innermost dimensions mapped)": "rank",
}


def explained_rows(graph: Graph, table: OperatorTable) -> list[tuple[str, int, str]]:
    found = expected_table(explain_graph("model.tflite", graph, table))
    return sorted((operator, count, WORDS[status]) for (operator, status), count in found.items())


def test_a_filter_with_float_edges_made_again_gives_its_published_table(
    tmp_path: Path, table: OperatorTable
) -> None:
    """A motion blur of an image of 1920 × 1058, whose edges were left in float."""
    made, shape = Made(), (1, 1058, 1920, 3)
    x = made.tensor(*shape, kind="FLOAT32")
    quantised = made.operator("QUANTIZE", [x], made.tensor(*shape))
    inputs = [quantised, made.weights(1, 25, 25, 3)]
    blurred = made.operator("DEPTHWISE_CONV_2D", inputs, made.tensor(*shape), version=3)
    out = made.operator("DEQUANTIZE", [blurred], made.tensor(*shape, kind="FLOAT32"))
    graph = graph_of(made, tmp_path / "m.tflite", [x], out)
    assert explained_rows(graph, table) == table_of("motion blur, float at its edges")


def test_a_batch_made_again_is_refused_for_its_rank(tmp_path: Path, table: OperatorTable) -> None:
    made, shape = Made(), (30, 8, 8, 4)
    first = x = made.tensor(*shape)
    for _ in range(6):
        x = made.operator("CONV_2D", [x, made.weights(4, 1, 1, 4)], made.tensor(*shape), version=3)
    graph = graph_of(made, tmp_path / "m.tflite", [first], x)
    assert explained_rows(graph, table) == table_of("convolutions over a batch of 30")


@pytest.mark.parametrize("refusal", REFUSALS, ids=[one["operator"] for one in REFUSALS])
def test_what_is_refused_with_a_message_breaks_the_rule_that_it_names(
    refusal: dict[str, Any], tmp_path: Path, table: OperatorTable
) -> None:
    made, shape = Made(), tuple(refusal.get("shape", (1, 8, 8, 4)))
    x = made.tensor(*shape)
    match refusal["operator"]:
        case "CONV_2D":
            inputs = [x, made.weights(4, 1, 1, 4)]
        case "STRIDED_SLICE":
            strides = refusal["strides"]
            inputs = [x, made.numbers(*[0] * 4), made.numbers(*shape), made.numbers(*strides)]
        case "MEAN":
            inputs = [x, made.numbers(1, 2)]
        case _:
            inputs = [x]
    out = made.tensor(*shape)
    made.operator(refusal["operator"], inputs, out, version=refusal.get("version", 1))
    graph = graph_of(made, tmp_path / "m.tflite", [x], out)
    (operator,) = graph.operators
    assert refusal["rule"] in [found.rule for found in check(operator, table).breaks]
