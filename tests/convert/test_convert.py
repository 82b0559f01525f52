"""What comes out of a conversion computes what went in."""

import json
from pathlib import Path

import numpy as np
import pytest

from convert.trace import Array
from edge.bundle import Bundle
from edge.encoder import Encoder
from tests.convert.conftest import BUCKETS

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.slow


def pytorch_log_probs(checkpoint: Path, features: Array) -> dict[int, Array]:
    from training.checkpoint import load_checkpoint

    with torch.no_grad():
        logits, _ = load_checkpoint(checkpoint).model(
            torch.from_numpy(features)[None], torch.tensor([len(features)])
        )
    return {exit: values[0].log_softmax(-1).numpy() for exit, values in logits.items()}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_float_log_probs_are_the_unpadded_models(
    bundles: dict[str, Path], checkpoint: Path, speech: list[Array], bucket: int
) -> None:
    encoder = Encoder(Bundle.open(bundles["float32"]))
    fitting = [features for features in speech if len(features) <= 4 * bucket]
    assert fitting
    for features in fitting:
        expected = pytorch_log_probs(checkpoint, features)
        for step in encoder.exits(features, bucket):
            np.testing.assert_allclose(step.log_probs, expected[step.exit], atol=1e-3)


@pytest.mark.parametrize("recipe", ["dynamic-int8", "static-int8"])
def test_every_weight_matrix_of_every_block_is_int8(bundles: dict[str, Path], recipe: str) -> None:
    from ai_edge_litert import schema_py_generated as schema

    matrices = 0
    for path in sorted(bundles[recipe].glob("block_*.tflite")):
        data = path.read_bytes()
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        for graph in model.subgraphs:
            computed = {index for operator in graph.operators for index in operator.outputs}
            computed |= set(graph.inputs)
            for index, tensor in enumerate(graph.tensors):
                wide = [size for size in tensor.shape if size > 1]
                if index not in computed and len(wide) >= 2 and tensor.type != 2:
                    assert tensor.type == schema.TensorType.INT8, tensor.name
                    matrices += 1
    # Eight Linear (query, key and value are one) and a depthwise convolution, in two blocks, for
    # each length.
    assert matrices >= 2 * 9 * len(BUCKETS)


def test_lengths_share_their_weights(bundles: dict[str, Path]) -> None:
    weights = 16 * (4 * 32 + 4 * 16 + 2 * 16 + 16 + 5)
    for path in bundles["float32"].glob("block_*.tflite"):
        text = path.read_bytes()
        assert text.count(b"serving_default") < 400
        assert len(text) < 4 * weights * len(BUCKETS) + 150_000


def test_quality_tells_what_int8_cost(bundles: dict[str, Path]) -> None:
    quality = {
        recipe: json.loads((path / "quality.json").read_text()) for recipe, path in bundles.items()
    }
    exact, dynamic, static = (
        quality[recipe]["blocks"]["2"]["chained_db"]
        for recipe in ("float32", "dynamic-int8", "static-int8")
    )
    assert exact > 90 > dynamic > 25
    assert dynamic > static > 5
    assert quality["float32"]["exits"]["2"]["same_text"] == 1.0
    assert quality["float32"]["flips"]["shares"] == [0.0] * 5
    assert all(found["utterances"] == 12 for found in quality.values())


def test_a_manifest_names_what_made_the_bundle(bundles: dict[str, Path]) -> None:
    manifest = Bundle.open(bundles["dynamic-int8"]).manifest
    assert manifest.recipe == "dynamic-int8"
    assert manifest.buckets == BUCKETS
    assert "quality.json" in manifest.files
    assert manifest.ngrams in manifest.files
    assert {"torch", "litert-torch", "ai-edge-quantizer"} <= manifest.versions.keys()
