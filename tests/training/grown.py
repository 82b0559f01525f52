"""What trainings of a tiny HuBERT share: recipes, and a little of the shipped speech."""

from __future__ import annotations

from pathlib import Path

from training.recipe import AnyRecipe, Recipe, parse_recipe
from training.run import Sources, train
from training.runlog import RunLog
from training.units.recipe import UnitsRecipe

ENCODER: dict[str, object] = {
    "family": "hubert",
    "dim": 16,
    "heads": 2,
    "ff_dim": 24,
    "blocks": 3,
    "exits": [3],
    "conv_dims": [8, 8],
    "conv_kernels": [40, 16],
    "conv_strides": [40, 16],
    "conv_norm": "layer",
    "pre_norm": True,
    "position_kernel": 5,
    "position_groups": 2,
}
SETTINGS: dict[str, object] = {
    "data": {"batch_s": 20.0, "workers": 0},
    "optimiser": {"steps": 3, "warmup": 1, "validate_every": 1, "average": 3},
}


def recipe(name: str, encoder: dict[str, object], **settings: object) -> Recipe | UnitsRecipe:
    return parse_recipe({"name": name, "encoder": ENCODER | encoder, **SETTINGS, **settings})


def daisy(**settings: object) -> Recipe | UnitsRecipe:
    within = ENCODER | {"exits": [1, 2, 3]}
    encoder = {"family": "daisy", "units": 6, "encoder": within}
    return parse_recipe({"name": "daisy", "encoder": encoder, **SETTINGS, **settings})


def run(of: AnyRecipe, sources: Sources, out: Path, start: Path | None = None) -> Path:
    train(of, sources, out, RunLog(out / "work" / "log.jsonl"), start=start)
    return out


def little_speech(audio: Path, folder: Path) -> Sources:
    """Thirty utterances to learn, ten to measure on."""
    lists = {}
    for name, count in (("cal", 30), ("test", 10)):
        rows = (audio / f"{name}.jsonl").read_text().splitlines()[:count]
        text = "\n".join(rows).replace('"audio_filepath": "', f'"audio_filepath": "{audio}/')
        lists[name] = folder / f"{name}.jsonl"
        lists[name].write_text(text)
    return Sources([lists["cal"]], [lists["test"]])
