"""Exits grown on a pre-trained encoder by each of the published ways, from raw sound on."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.grown import ENCODER, daisy, little_speech, recipe, run
from training.errors import TrainingError
from training.run import Sources

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def sources(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return little_speech(repository / "tests" / "audio", tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def pretrained(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two iterations of pre-training: units from MFCC, then from block 2."""
    folder = tmp_path_factory.mktemp("pretrained")
    common = {"objective": "units", "filter_bank": True}
    first = recipe("first", {}, units={"clusters": 5, "frames": 500}, **common)
    second = recipe(
        "second", {}, units={"source": "block", "block": 2, "clusters": 6, "frames": 500}, **common
    )
    return run(second, sources, folder / "second", run(first, sources, folder / "first"))


@pytest.fixture(scope="module")
def units(pretrained: Path, sources: Sources) -> Path:
    """Stage 1 of DAISY."""
    of_units = recipe(
        "units",
        {"exits": [1, 2, 3]},
        objective="units",
        trains="branches",
        units={"source": "branch"},
        mask={"share": 0},
        seen_weight=1.0,
    )
    return run(of_units, sources, pretrained.with_name("units"), pretrained)


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return load_file(checkpoint / "model.safetensors")


def test_the_second_stage_of_two_leaves_backbone_and_last_exit_as_they_were_to_the_bit(
    pretrained: Path, sources: Sources, tmp_path: Path
) -> None:
    first = run(recipe("one", {}, trains="blocks"), sources, tmp_path / "one", pretrained)
    grown = recipe("two", {"exits": [1, 3]}, trains="branches")
    second = run(grown, sources, tmp_path / "two", first)
    before, after = weights(first), weights(second)
    assert {name for name in after if name not in before} == {
        name for name in after if name.startswith("branches.1.")
    }
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    convs = {n for n in before if n.startswith("frontend.convs")}
    assert all(torch.equal(before[n], weights(pretrained)[n]) for n in convs)


def test_all_learns_jointly_and_by_distillation(
    pretrained: Path, sources: Sources, tmp_path: Path
) -> None:
    for weighting in ("joint", "distil"):
        grown = recipe(weighting, {"exits": [1, 3]}, loss={"weighting": weighting})
        checkpoint = run(grown, sources, tmp_path / weighting, pretrained)
        moved = weights(checkpoint)
        old = weights(pretrained)
        assert not torch.equal(moved["blocks.0.expand.weight"], old["blocks.0.expand.weight"])
        assert "exits after blocks 1, 3" in (checkpoint / "card.md").read_text()


def test_daisy_leaves_the_encoder_as_it_was_and_names_its_units(
    units: Path, pretrained: Path
) -> None:
    before, after = weights(pretrained), weights(units)
    encoder = {name: tensor for name, tensor in before.items() if "branches" not in name}
    assert all(torch.equal(after[name], tensor) for name, tensor in encoder.items())
    assert json.loads((units / "config.json").read_text())["units"] == "unit"


def test_daisy_head_reads_the_frozen_encoder(units: Path, sources: Sources, tmp_path: Path) -> None:
    head = daisy(trains="branches", loss={"weighting": "taken"})
    checkpoint = run(head, sources, tmp_path / "daisy", units)
    before, after = weights(units), weights(checkpoint)
    for name, tensor in before.items():
        kind, rest = name.split(".", 1)
        if kind == "blocks":
            depth, rest = rest.split(".", 1)
            name = f"blocks.{depth}.inner.{rest}"
        elif kind == "branches":
            depth, rest = rest.split(".", 1)
            name = f"units.{depth}.inner.{rest}"
        else:
            name = f"frontend.inner.{rest}"
        assert torch.equal(after[name], tensor), name
    log = (tmp_path / "daisy" / "work" / "log.jsonl").read_text()
    assert "mean branch entropy" in log


def test_what_lacks_its_checkpoint_or_units_is_refused(
    pretrained: Path, sources: Sources, tmp_path: Path
) -> None:
    head = daisy(trains="branches", loss={"weighting": "taken"})
    with pytest.raises(TrainingError, match="reads an encoder whose branches"):
        run(head, sources, tmp_path / "none")
    with pytest.raises(TrainingError, match=r"has exits \[3\], the recipe \[1, 2, 3\]"):
        run(head, sources, tmp_path / "other", pretrained)
    of_block = recipe("x", {}, objective="units", units={"source": "block"})
    with pytest.raises(TrainingError, match="from a checkpoint"):
        run(of_block, sources, tmp_path / "block")
    other = recipe("wider", {"ff_dim": 32})
    with pytest.raises(TrainingError, match="ff_dim is 24, not 32"):
        run(other, sources, tmp_path / "wider", pretrained)
    assert ENCODER["ff_dim"] == 24
