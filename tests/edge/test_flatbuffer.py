"""Taking signatures out of a model."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import Model, ModelT
from hypothesis import given
from hypothesis import strategies as st

from edge.flatbuffer import keep_signature
from tests.edge.tiny import BUCKETS

flatbuffers = pytest.importorskip("flatbuffers", reason="it is what writes models anew")

MASK = np.ones((1, 50, 1), np.float32)


@pytest.fixture(scope="module")
def block(tiny):
    return (tiny.path / "block_01.tflite").read_bytes()


@pytest.fixture(scope="module")
def block_with_a_subgraph_of_its_own(block):
    """The block without its signature t25, the subgraph of which stays."""
    model = ModelT.InitFromObj(Model.GetRootAs(block))
    model.signatureDefs = [one for one in model.signatureDefs if one.signatureKey != b"t25"]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def subgraphs(model):
    return Model.GetRootAs(model).SubgraphsLength()


def run(model, frames):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((1, frames, 16)).astype(np.float32)
    interpreter = Interpreter(model_content=model)
    runner = interpreter.get_signature_runner(f"t{frames}")
    return runner(args_0=x, args_1=MASK[:, :frames])["output_0"]


@pytest.mark.parametrize("frames", BUCKETS)
def test_what_is_left_gives_the_same_and_stands_alone(block, frames):
    trimmed = keep_signature(block, f"t{frames}")
    assert len(trimmed) == len(block)
    assert subgraphs(trimmed) == 1
    assert list(Interpreter(model_content=trimmed).get_signature_list()) == [f"t{frames}"]
    assert np.array_equal(run(trimmed, frames), run(block, frames))


@pytest.mark.parametrize("frames", [12, 50])
def test_a_subgraph_that_operators_may_call_stays_where_it_is(
    block_with_a_subgraph_of_its_own, frames
):
    whole = block_with_a_subgraph_of_its_own
    trimmed = keep_signature(whole, f"t{frames}")
    assert subgraphs(trimmed) == subgraphs(whole) == len(BUCKETS)
    first = Model.GetRootAs(trimmed).Subgraphs(0)
    assert first.Tensors(first.Inputs(0)).Shape(1) == frames
    assert np.array_equal(run(trimmed, frames), run(whole, frames))


def test_a_signature_that_is_not_there_names_those_that_are(block):
    with pytest.raises(KeyError) as caught:
        keep_signature(block, "t26")
    assert set(caught.value.args) == {f"t{frames}" for frames in BUCKETS}


@given(st.binary(max_size=200))
def test_any_bytes_are_no_model(content):
    with pytest.raises((ValueError, KeyError)):
        keep_signature(content, "t25")


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_damaged_model_is_trimmed_or_refused(tiny, changes):
    damaged = bytearray((tiny.path / "block_01.tflite").read_bytes())
    for position, value in changes:
        damaged[position] = value
    with contextlib.suppress(ValueError, KeyError):
        assert len(keep_signature(bytes(damaged), "t25")) == len(damaged)
