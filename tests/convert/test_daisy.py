"""A DAISY encoder as a bundle: its units, its text, and where utterances leave it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from convert.convert import Conversion, convert
from edge.bundle import Bundle
from edge.encoder import Encoder
from edge.inputs import prepare
from edge.policy import Threshold
from edge.recogniser import Recogniser
from edge.scores import UNIT_ENTROPY
from edge.waveform import WaveformSettings
from training.checkpoint import CheckpointConfig, load_checkpoint, save_checkpoint
from training.daisy import DaisyConfig, EarlyExitDaisy
from training.daisy.entropy import first_sure, unit_entropies
from training.pretrained import PretrainedConfig
from training.vocabulary import CHARACTERS

pytestmark = pytest.mark.slow

RATE = 16_000
ENCODER = PretrainedConfig(
    dim=16,
    heads=2,
    ff_dim=24,
    blocks=2,
    exits=(1, 2),
    conv_dims=(8, 8),
    conv_kernels=(40, 16),
    conv_strides=(40, 16),
    conv_norm="layer",
    pre_norm=True,
    position_kernel=5,
    position_groups=2,
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights, large enough for frames to differ."""
    folder = tmp_path_factory.mktemp("daisy") / "checkpoint"
    torch.manual_seed(0)
    config = DaisyConfig(encoder=ENCODER, units=7)
    model = EarlyExitDaisy(config, len(CHARACTERS))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "branches" in name or "units" in name:
                parameter.mul_(5.0)
    whole = CheckpointConfig(name="daisy", features=WaveformSettings(), encoder=config)
    save_checkpoint(folder, whole, model, CHARACTERS, "", torch.float32)
    return folder


@pytest.fixture(scope="module")
def bundle(checkpoint: Path) -> Bundle:
    out = checkpoint.with_name("daisy.eedge")
    convert(Conversion(checkpoint, "float32", "cpu", (25,), jobs=1), out)
    return Bundle.open(out)


def sound(seconds: float) -> np.ndarray:
    noise: np.ndarray = np.random.default_rng(3).normal(0, 0.1, round(seconds * RATE))
    return noise.astype(np.float32)


def test_units_and_text_are_those_of_the_float_encoder(checkpoint: Path, bundle: Bundle) -> None:
    assert list(bundle.manifest.unit_branches) == [1, 2]
    loaded = load_checkpoint(checkpoint)
    assert isinstance(loaded.model, EarlyExitDaisy)
    features = prepare(sound(0.9), loaded.config.features)
    whole, length = torch.from_numpy(features)[None], torch.tensor([len(features)])
    with torch.no_grad():
        states, mask = loaded.model.states(whole, length)
        texts, _ = loaded.model(whole, length)
        units = {exit: loaded.model.units[str(exit)](x, mask) for exit, x in states.items()}
    steps = list(Encoder(bundle).exits(features))
    assert [step.exit for step in steps] == [1, 2]
    for step in steps:
        expected = units[step.exit][0].log_softmax(-1).numpy()
        np.testing.assert_allclose(step.unit_log_probs, expected, atol=1e-3)
        expected = texts[step.exit][0].log_softmax(-1).numpy()
        np.testing.assert_allclose(step.log_probs, expected, atol=1e-3)


def test_it_leaves_where_the_float_encoder_would_and_reads_no_other_text(
    checkpoint: Path, bundle: Bundle
) -> None:
    model = load_checkpoint(checkpoint).model
    assert isinstance(model, EarlyExitDaisy)
    features = torch.from_numpy(prepare(sound(0.9), bundle.manifest.features))[None]
    with torch.no_grad():
        states, mask = model.states(features, torch.tensor([features.shape[1]]))
        entropies = unit_entropies(model, states, mask)
    for threshold in (entropies[0, 0].item() + 1e-2, entropies.min().item() - 1e-2):
        policy = Threshold(UNIT_ENTROPY, threshold, bundle.exits)
        recogniser = Recogniser(bundle, policy)
        result = recogniser.transcribe(sound(0.9))
        expected = bundle.exits[int(first_sure(entropies, threshold)[0])]
        assert result.exit == expected
        read = {exit: branch.calls for exit, branch in recogniser.encoder.branches.items()}
        assert read == {exit: int(exit == expected) for exit in bundle.exits}
