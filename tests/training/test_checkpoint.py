"""Checkpoint folders: written whole, read exactly, refused with the file and the key."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from edge.features import FeatureSettings
from training.checkpoint import CheckpointConfig, average, load_checkpoint, save_checkpoint
from training.conformer import ConformerConfig, EarlyExitConformer
from training.errors import CheckpointError
from training.vocabulary import CHARACTERS

ENCODER = ConformerConfig(
    n_mels=16, channels=4, dim=16, heads=2, ff_dim=32, kernel=5, blocks=2, exits=(1, 2)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = CheckpointConfig(name="tiny", features=FeatureSettings(n_mels=16), encoder=ENCODER)
    model = EarlyExitConformer(ENCODER, len(CHARACTERS))
    save_checkpoint(tmp_path / "tiny", config, model, CHARACTERS, "# tiny\n")
    return tmp_path / "tiny"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    torch.manual_seed(0)
    model = EarlyExitConformer(ENCODER, len(CHARACTERS))
    loaded = load_checkpoint(folder)
    assert loaded.tokens.symbols == tuple(CHARACTERS)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(loaded.model.state_dict()[name], tensor.half().float())
    assert not loaded.model.training
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny"]


def test_weights_are_shipped_as_float16(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokens.txt"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(folder)


def test_a_truncated_file_of_weights_is_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_checkpoint(folder)


def test_a_missing_tensor_is_named(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["blocks.1.attention.key.weight"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"lacks blocks\.1\.attention\.key\.weight"):
        load_checkpoint(folder)


def test_a_tensor_of_another_shape_is_named(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["encoder"]["ff_dim"] = 48
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"feed_forward1\.\w+\.weight has shape"):
        load_checkpoint(folder)


@pytest.mark.parametrize("exits", [None, []])
def test_a_checkpoint_without_exits_is_refused(folder: Path, exits: list[int] | None) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["encoder"].pop("exits")
    if exits is not None:
        config["encoder"]["exits"] = exits
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="exits names no exit") as caught:
        load_checkpoint(folder)
    assert "eedge train" in caught.value.tries[0]


def test_average_is_the_mean() -> None:
    states = [{"a": torch.tensor([1.0, 3.0])}, {"a": torch.tensor([3.0, 5.0])}]
    torch.testing.assert_close(average(states)["a"], torch.tensor([2.0, 4.0]))
