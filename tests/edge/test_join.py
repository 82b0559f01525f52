"""Joining files into one model, and taking one signature out of a file."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import Model
from hypothesis import given
from hypothesis import strategies as st

from edge.join import join
from tests.edge.rewriting import rewritten, with_weights_behind
from tests.edge.tiny import BUCKETS


@pytest.fixture(scope="module", params=["float32", "dynamic-int8"])
def files(tiny_paths, request):
    """All parts of a tiny bundle; the front end has other operators than the blocks."""
    paths = sorted(tiny_paths[request.param].glob("*.tflite"))
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def block(tiny):
    return (tiny.path / "block_01.tflite").read_bytes()


def each(files):
    """Every file as a chain of its own."""
    return {name: [content] for name, content in files.items()}


def run(content, key, x=None):
    """Run a signature on `x`, by default noise, which is the same for the same shapes."""
    generator = np.random.default_rng(0)
    runner = Interpreter(model_content=content).get_signature_runner(key)
    inputs = {
        name: np.ones(details["shape"], np.float32)
        if details["shape"][-1] == 1
        else generator.standard_normal(details["shape"]).astype(np.float32)
        if x is None
        else x
        for name, details in sorted(runner.get_input_details().items())
    }
    (output,) = runner(**inputs).values()
    assert output.std() > 0
    return output


@pytest.mark.parametrize("frames", BUCKETS)
def test_joined_files_put_out_bit_for_bit_what_they_do_apart(files, frames):
    joined = join(each(files), f"t{frames}").content
    assert list(Interpreter(model_content=joined).get_signature_list()) == list(files)
    assert Model.GetRootAs(joined).SubgraphsLength() == len(files)
    for name, content in files.items():
        assert np.array_equal(run(joined, name), run(content, f"t{frames}"))


def test_the_order_of_files_changes_nothing(files):
    backwards = join(each(dict(reversed(files.items()))), "t25").content
    for name, content in files.items():
        assert np.array_equal(run(backwards, name), run(content, "t25"))


@pytest.mark.parametrize("frames", BUCKETS)
def test_of_one_file_only_the_wanted_signature_is_left(block, frames):
    trimmed = join({"block": [block]}, f"t{frames}").content
    assert Model.GetRootAs(trimmed).SubgraphsLength() == 1
    assert list(Interpreter(model_content=trimmed).get_signature_list()) == ["block"]
    assert np.array_equal(run(trimmed, "block"), run(block, f"t{frames}"))


@pytest.mark.parametrize("write", [rewritten, with_weights_behind])
def test_weights_are_found_inside_the_tables_and_behind_them(block, write):
    written = write(block)
    joined = join({"first": [written], "as it is": [block], "last": [written]}, "t25").content
    for name in ("first", "as it is", "last"):
        assert np.array_equal(run(joined, name), run(block, "t25"))


def test_operators_keep_their_codes_however_a_file_numbers_them(block):
    def turn_round(model):
        """As many codes as before, in the other order and the first twice."""
        last = len(model.operatorCodes)
        model.operatorCodes = [*reversed(model.operatorCodes), model.operatorCodes[0]]
        for subgraph in model.subgraphs:
            for index, operator in enumerate(subgraph.operators):
                operator.opcodeIndex = last - 1 - operator.opcodeIndex
                if operator.opcodeIndex == last - 1 and index % 2:
                    operator.opcodeIndex = last

    turned = rewritten(block, turn_round)
    joined = join({"one": [block], "two": [block], "turned": [turned]}, "t25").content
    codes = Model.GetRootAs(block).OperatorCodesLength()
    assert Model.GetRootAs(joined).OperatorCodesLength() == codes
    for name in ("one", "turned"):
        assert np.array_equal(run(joined, name), run(block, "t25"))


def test_custom_operators_stay_as_they_are(block):
    def compile_it(model):
        """What a compiler for an accelerator leaves: one operator of its own, with options."""
        model.operatorCodes[0].builtinCode = model.operatorCodes[0].deprecatedBuiltinCode = 32
        model.operatorCodes[0].customCode = b"edgetpu-custom-op"
        for subgraph in model.subgraphs:
            for operator in subgraph.operators:
                operator.customOptions = np.arange(7, dtype=np.uint8)

    compiled = rewritten(block, compile_it)
    joined = Model.GetRootAs(join({"plain": [block], "compiled": [compiled]}, "t25").content)
    operators = joined.Subgraphs(1).OperatorsLength()
    assert operators == joined.Subgraphs(0).OperatorsLength()
    custom = 0
    for index in range(operators):
        operator = joined.Subgraphs(1).Operators(index)
        assert operator.CustomOptionsAsNumpy().tolist() == list(range(7))
        code = joined.OperatorCodes(operator.OpcodeIndex()).CustomCode()
        custom += code == b"edgetpu-custom-op"
    assert custom > 0


@pytest.mark.parametrize("write", [bytes, with_weights_behind])
@pytest.mark.parametrize("frames", BUCKETS)
def test_a_chain_puts_out_bit_for_bit_what_its_files_do_one_by_one(files, frames, write):
    names = ["block_01.tflite", "block_02.tflite", "block_03.tflite", "exit_01.tflite"]
    chain = [write(files[name]) for name in names]
    # The front end has other operators, so that not every part can keep its numbers.
    joined = join(
        {"alone": chain[:1], "front": [files["frontend.tflite"]], "chain": chain}, f"t{frames}"
    ).content
    x = run(chain[0], f"t{frames}")
    for name in names[1:]:
        x = run(files[name], f"t{frames}", x)
    assert np.array_equal(run(joined, "chain"), x)
    assert np.array_equal(run(joined, "alone"), run(chain[0], f"t{frames}"))


def test_a_chain_of_files_with_other_operator_codes_is_one_all_the_same(files):
    names = ["frontend.tflite", "block_01.tflite", "exit_04.tflite"]
    features = np.random.default_rng(3).standard_normal((1, 100, 24)).astype(np.float32)
    with pytest.raises(ValueError, match="does not take what"):
        join({"wrong": [files["block_01.tflite"], files["frontend.tflite"]]}, "t25")
    blocks = {"one": [files[names[1]]], "both": [files[name] for name in names[1:]]}
    joined = join({"front": [files[names[0]]], **blocks}, "t25").content
    hidden = run(joined, "front", features)
    expected = run(files[names[2]], "t25", run(files[names[1]], "t25", hidden))
    assert np.array_equal(run(joined, "both", hidden), expected)


def without_a_signature(model):
    model.signatureDefs = [one for one in model.signatureDefs if one.signatureKey != b"t25"]


@pytest.mark.parametrize("frames", [12, 50])
def test_a_subgraph_that_operators_may_call_stays_where_it_is(block, frames):
    whole = rewritten(block, without_a_signature)
    trimmed = join({"block": [whole]}, f"t{frames}").content
    assert Model.GetRootAs(trimmed).SubgraphsLength() == len(BUCKETS)
    assert np.array_equal(run(trimmed, "block"), run(block, f"t{frames}"))
    with pytest.raises(ValueError, match="call by their number"):
        join({"block": [whole], "other": [block]}, f"t{frames}")


def test_a_length_works_in_at_most_the_tensors_of_the_largest_part(files):
    for frames in BUCKETS:
        sizes = [join({name: [files[name]]}, f"t{frames}").working_size for name in files]
        assert join(each(files), f"t{frames}").working_size == max(sizes)
        # The front end's first convolution: 4 channels of half the frames and half the 24 bands.
        assert max(sizes) > 4 * 4 * (2 * frames) * 12


def test_a_signature_that_is_not_there_names_those_that_are(block):
    with pytest.raises(KeyError) as caught:
        join({"block": [block]}, "t26")
    assert set(caught.value.args) == {f"t{frames}" for frames in BUCKETS}


@pytest.mark.parametrize("lost", [16, 200, 1_000, 5_000])
@pytest.mark.parametrize("write", [rewritten, with_weights_behind])
def test_a_file_that_is_cut_off_does_not_run_on_into_the_next(block, write, lost):
    files = {"cut": [write(block)[:-lost]], "next": [block]}
    with pytest.raises(ValueError, match=r"cut off|lies before|longer than|no TFLite model"):
        join(files, "t25")


@given(st.binary(max_size=200))
def test_any_bytes_are_no_model(content):
    with pytest.raises((ValueError, KeyError)):
        join({"block": [content]}, "t25")


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_damaged_model_is_joined_or_refused(tiny, changes):
    whole = (tiny.path / "block_01.tflite").read_bytes()
    damaged = bytearray(whole)
    for position, value in changes:
        damaged[position] = value
    with contextlib.suppress(ValueError, KeyError):
        join({"block": [whole], "damaged": [bytes(damaged), whole]}, "t25")
