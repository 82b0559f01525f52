"""An encoder on raw sound goes the same way as a Conformer: convert, then run."""

from pathlib import Path

import numpy as np
import pytest

from boards.errors import EedgeError
from convert.trace import Array
from edge.bundle import Bundle
from edge.encoder import Encoder
from edge.inputs import prepare
from edge.recogniser import Recogniser
from edge.waveform import WaveformSettings

torch = pytest.importorskip("torch", reason="conversion needs eedge[convert]")
pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

pytestmark = pytest.mark.slow

BUCKETS = (16, 40)
"""A frame reads 400 samples and the next begins 320 later: up to 0.34 s and 0.82 s."""


def sounds() -> list[Array]:
    rng = np.random.default_rng(7)
    return [
        rng.normal(0, 0.1, count).astype(np.float32) for count in (450, 3000, 5519, 5520, 13_000)
    ]


@pytest.fixture(scope="module", params=["group", "layer"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder that frames sound as the large ones do; post-norm, or pre-norm and WavLM's."""
    from training.checkpoint import CheckpointConfig, save_checkpoint
    from training.pretrained import EarlyExitPretrained, PretrainedConfig
    from training.vocabulary import CHARACTERS

    sizes = PretrainedConfig(
        dim=32,
        heads=4,
        ff_dim=48,
        blocks=2,
        conv_dims=(24,) * 7,
        position_kernel=8,
        position_groups=2,
        exits=(1, 2),
    )
    other = {
        "family": "wavlm",
        "relative_buckets": 8,
        "conv_norm": "layer",
        "conv_bias": True,
        "pre_norm": True,
        "branch": "conv",
    }
    changes = other if request.param == "layer" else {}
    config = PretrainedConfig.model_validate(sizes.model_dump() | changes)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = EarlyExitPretrained(config, len(CHARACTERS))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    whole = CheckpointConfig(name="tiny", features=WaveformSettings(), encoder=config)
    save_checkpoint(folder, whole, model, CHARACTERS, "# tiny\n")
    return folder


def converted(checkpoint: Path, recipe: str, folder: Path) -> Bundle:
    from convert.convert import Conversion, convert

    features = [prepare(sound, WaveformSettings()) for sound in sounds()]
    convert(Conversion(checkpoint, recipe, "cpu", BUCKETS, features, "noise"), folder)
    return Bundle.open(folder)


def test_float_log_probs_are_the_unpadded_models(checkpoint: Path, tmp_path: Path) -> None:
    from training.checkpoint import load_checkpoint

    bundle = converted(checkpoint, "float32", tmp_path / "tiny.eedge")
    assert (bundle.manifest.window, bundle.manifest.subsampling) == (400, 320)
    encoder, model = Encoder(bundle), load_checkpoint(checkpoint).model
    compared = 0
    for sound in sounds():
        features = prepare(sound, bundle.manifest.features)
        with torch.no_grad():
            logits, frames = model(torch.from_numpy(features)[None], torch.tensor([len(features)]))
        for bucket in (bucket for bucket in BUCKETS if bucket >= int(frames[0])):
            for step in encoder.exits(features, bucket):
                expected = logits[step.exit][0].log_softmax(-1).numpy()
                np.testing.assert_allclose(step.log_probs, expected, atol=1e-3)
                compared += 1
    assert compared == 2 * (2 + 2 + 2 + 1 + 1)


@pytest.fixture(scope="module")
def int8(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return converted(checkpoint, "dynamic-int8", tmp_path_factory.mktemp("int8") / "tiny.eedge")


def test_in_int8_it_runs_any_sound_that_fits(int8: Bundle) -> None:
    recogniser = Recogniser(int8)
    for sound in (*sounds(), np.full(40, 0.1, np.float32)):
        assert recogniser.transcribe(sound).blocks == 2
    with pytest.raises(EedgeError, match="does not fit"):
        recogniser.transcribe(np.full(16_000, 0.1, np.float32))
    assert '"utterances": 5' in (int8.path / "quality.json").read_text()


def test_int8_leaves_the_convolution_whose_norm_is_folded_as_it_was(int8: Bundle) -> None:
    from ai_edge_litert import schema_py_generated as schema

    data = (int8.path / int8.manifest.frontend).read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    for graph in model.subgraphs:
        weights = [
            graph.tensors[operator.inputs[1]]
            for operator in graph.operators
            if model.operatorCodes[operator.opcodeIndex].builtinCode
            == schema.BuiltinOperator.CONV_2D
        ]
        kinds = [tensor.type == schema.TensorType.INT8 for tensor in weights]
        first_is_folded = weights[0].shape[-1] == 5
        assert kinds == [not first_is_folded, *[True] * (len(kinds) - 1)]
