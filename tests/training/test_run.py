"""Whole trainings of a tiny encoder on the shipped speech."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from edge.errors import CorpusError
from tests.training.grown import little_speech
from training.encoder import EarlyExitEncoder
from training.errors import TrainingError
from training.loader import Batch
from training.loop import Loop
from training.recipe import Recipe
from training.run import Sources, train
from training.runlog import RunLog
from training.validation import WordErrors

pytestmark = pytest.mark.slow

RECIPE = Recipe.model_validate(
    {
        "name": "tiny",
        "features": {"n_mels": 16},
        "encoder": {
            "n_mels": 16,
            "channels": 4,
            "dim": 16,
            "heads": 2,
            "ff_dim": 32,
            "kernel": 5,
            "blocks": 2,
            "exits": [1, 2],
        },
        "data": {"batch_s": 20.0, "workers": 0},
        "card": {"licence": "CC0", "sources": {"synthetic": "our own"}, "notes": ["No use."]},
        "optimiser": {"steps": 8, "warmup": 2, "validate_every": 4, "average": 2},
    }
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def sources(repository: Path, tmp_path: Path) -> Sources:
    return little_speech(repository / "tests" / "audio", tmp_path)


def run(sources: Sources, out: Path) -> dict[str, torch.Tensor]:
    result = train(RECIPE, sources, out, RunLog(out / "work" / "log.jsonl"))
    assert isinstance(result, WordErrors)
    assert set(result.overall) == {1, 2}
    return load_file(out / "model.safetensors")


class KilledError(Exception):
    pass


def test_an_interrupted_run_ends_where_a_whole_one_does(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(sources, tmp_path / "whole")

    steps = 0
    original = Loop._step

    def dying(self: Loop[EarlyExitEncoder], batch: Batch) -> dict[str, float]:
        nonlocal steps
        steps += 1
        if steps == 6:
            raise KilledError
        return original(self, batch)

    monkeypatch.setattr(Loop, "_step", dying)
    with pytest.raises(KilledError):
        run(sources, tmp_path / "cut")
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    monkeypatch.undo()
    resumed = run(sources, tmp_path / "cut")
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, msg=name)
    card = (tmp_path / "cut" / "card.md").read_text()
    assert "| synthetic | 30 |" in card
    assert "- licence: CC0" in card
    assert "- synthetic: our own" in card
    assert "No use." in card


def test_a_character_without_a_symbol_is_named_with_its_file(
    sources: Sources, tmp_path: Path
) -> None:
    rows = sources.train[0].read_text().splitlines()
    row = json.loads(rows[3]) | {"text": "caf\u00e9"}
    sources.train[0].write_text("\n".join([*rows[:3], json.dumps(row)]))
    with pytest.raises(CorpusError, match=r"\d+\.opus: .* holds '\u00e9'"):
        run(sources, tmp_path / "run")
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_speech_of_no_usable_length_is_refused(sources: Sources, tmp_path: Path) -> None:
    data = RECIPE.data.model_copy(update={"shortest_s": 60.0, "longest_s": 90.0})
    recipe = RECIPE.model_copy(update={"data": data})
    with pytest.raises(TrainingError, match="none of 30 utterances lasts"):
        train(recipe, sources, tmp_path / "run", RunLog(tmp_path / "log.jsonl"))


def test_a_folder_keeps_one_recipe(sources: Sources, tmp_path: Path) -> None:
    run(sources, tmp_path / "run")
    other = RECIPE.model_copy(update={"seed": 2})
    with pytest.raises(TrainingError, match="another recipe"):
        train(other, sources, tmp_path / "run", RunLog(tmp_path / "log.jsonl"))


def test_a_run_may_start_from_a_checkpoint(sources: Sources, tmp_path: Path) -> None:
    first = run(sources, tmp_path / "first")
    still = RECIPE.model_copy(
        update={"optimiser": RECIPE.optimiser.model_copy(update={"peak_rate": 1e-12})}
    )
    log = RunLog(tmp_path / "log.jsonl")
    train(still, sources, tmp_path / "second", log, start=tmp_path / "first")
    second = load_file(tmp_path / "second" / "model.safetensors")
    for name, tensor in first.items():
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(second[name], tensor, msg=name)
    config = json.loads((tmp_path / "second" / "config.json").read_text())
    assert "'tiny' (trained from scratch" in config["origin"]
    with pytest.raises(TrainingError, match="from another checkpoint"):
        train(still, sources, tmp_path / "second", log)


def test_a_checkpoint_of_another_encoder_cannot_start_a_run(
    sources: Sources, tmp_path: Path
) -> None:
    run(sources, tmp_path / "first")
    encoder = RECIPE.encoder.model_copy(update={"ff_dim": 48})
    other = RECIPE.model_copy(update={"encoder": encoder})
    why = "first: its encoder is not the recipe's: ff_dim is 32, not 48"
    with pytest.raises(TrainingError, match=why):
        train(
            other,
            sources,
            tmp_path / "second",
            RunLog(tmp_path / "log.jsonl"),
            start=tmp_path / "first",
        )
    assert not (tmp_path / "second" / "work" / "recipe.json").exists()
