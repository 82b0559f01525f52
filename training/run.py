"""One whole training: lists of speech in, a checkpoint folder out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import torch
from pydantic import JsonValue
from torch import nn

from edge.corpus import Utterance, read_manifest
from edge.tokens import Tokens
from training.card import write_card
from training.checkpoint import CheckpointConfig, load_weights, save_checkpoint
from training.errors import TrainingError
from training.loop import Loop, Precision
from training.ngrams import seen_in
from training.recipe import Recipe
from training.runlog import RunLog
from training.start import Start
from training.trainer import Corpora, Trainer
from training.units.recipe import UnitsRecipe
from training.units.run import UnitTraining
from training.vocabulary import CHARACTERS


@dataclass(frozen=True)
class Sources:
    """Manifests of a run; `noises` and `rooms` list sounds with a `split` of their own."""

    train: Sequence[Path]
    dev: Sequence[Path]
    noises: Path | None = None
    rooms: Path | None = None


Model = TypeVar("Model", bound=nn.Module)


class Result(Protocol):
    """What a training came to on dev."""

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    def fields(self) -> dict[str, JsonValue]:
        """All figures for JSON."""
        ...

    def markdown(self) -> list[str]:
        """Lines for the card."""
        ...


Found = TypeVar("Found", bound=Result)


def train(
    recipe: Recipe | UnitsRecipe,
    sources: Sources,
    out: Path,
    log: RunLog,
    compile_blocks: bool = False,
    precision: Precision = "no",
    start: Path | None = None,
) -> Result | None:
    """Train `recipe` and write the checkpoint folder `out`; returns what it comes to on dev.

    Called again with the same `out`, an interrupted run goes on where its last state was saved.
    A new run begins with the weights of the checkpoint `start`, or with random ones.
    Of several processes only the first writes and returns a result, the others None.

    Raises:
        TrainingError: the run in `out` was started with another recipe or checkpoint, or `start`
            has another encoder than the recipe.
    """
    before = Start.read(start) if start else None
    if before:
        before.check(recipe.encoder)
    _same_run(recipe, before, out / "work" / "recipe.json")
    corpora = read_corpora(sources)
    if isinstance(recipe, UnitsRecipe):
        units = UnitTraining(
            recipe, corpora.train, corpora.dev, out / "work", log, precision, before
        )
        return _train(units.loop, recipe, corpora, units.tokens, "unit", out, before, units.report)
    tokens = before.text_tokens if before else Tokens(CHARACTERS)
    trainer = Trainer(recipe, corpora, tokens, out, log, compile_blocks, precision, before)
    report = trainer.validation.report
    return _train(trainer.loop, recipe, corpora, tokens, "char", out, before, report)


def _train(
    loop: Loop[Model],
    recipe: Recipe | UnitsRecipe,
    corpora: Corpora,
    tokens: Tokens,
    units: str,
    out: Path,
    start: Start | None,
    report: Callable[[Model, int], Found],
) -> Found | None:
    loop.run()
    if not loop.leads:
        return None
    model = loop.model
    load_weights(model, loop.averaged(), loop.history.folder)
    result = report(model, recipe.optimiser.steps)
    origin = _origin(recipe, start)
    config = CheckpointConfig(
        name=recipe.name,
        units=units,
        licence=recipe.card.licence,
        origin=origin,
        features=recipe.features,
        encoder=recipe.encoder,
    )
    card = write_card(recipe, origin, corpora.train, result.markdown())
    # What was not trained is not to be rounded either.
    kept = start is not None and recipe.trains == "branches"
    dtype = start.dtype if start is not None and kept else torch.float16
    known = seen_in((said.text for said in corpora.train), tokens) if units == "char" else None
    save_checkpoint(out, config, model, tokens.symbols, card, dtype, known)
    return result


def read_corpora(sources: Sources) -> Corpora:
    """Read all lists that a run needs."""
    return Corpora(
        train=_joined(sources.train),
        dev=_joined(sources.dev),
        noises=read_sounds(sources.noises) if sources.noises else [],
        rooms=read_sounds(sources.rooms) if sources.rooms else [],
    )


def read_sounds(manifest: Path) -> list[Path]:
    """Paths in a JSONL list of noises or rooms; rows of a split other than train are left out."""
    if not manifest.is_file():
        raise TrainingError(f"{manifest}: no such list of sounds")
    paths = []
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            path = manifest.parent / row["audio_filepath"]
            split = row.get("split", "train")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingError(
                f"{manifest}, line {number}: is not an object with audio_filepath"
            ) from error
        if split == "train":
            paths.append(path)
    return paths


def _joined(manifests: Sequence[Path]) -> list[Utterance]:
    return [utterance for path in manifests for utterance in read_manifest(path)]


def _origin(recipe: Recipe | UnitsRecipe, start: Start | None) -> str:
    how = f"by recipe '{recipe.name}', seed {recipe.seed}, {recipe.optimiser.steps} steps"
    if start is None:
        return f"trained from scratch {how}"
    return f"{start.origin}, then trained on {how}"


def _same_run(recipe: Recipe | UnitsRecipe, start: Start | None, path: Path) -> None:
    """Refuse to go on with a run that began otherwise; note how this one begins."""
    settings = recipe.model_dump(mode="json", exclude={"card"})
    if start is not None:
        settings["start"] = start.identity
    text = json.dumps(settings, indent=2)
    if path.exists() and path.read_text() != text:
        raise TrainingError(
            f"{path.parent.parent}: holds a run of another recipe or from another checkpoint",
            "give another folder with --out",
            f"or remove {path.parent} to start anew",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
