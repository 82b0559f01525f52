"""One whole training: lists of speech in, a checkpoint folder out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.corpus import Utterance, read_manifest
from edge.manifest import FileEntry
from edge.tokens import Tokens
from training.card import write_card
from training.checkpoint import (
    WEIGHTS,
    CheckpointConfig,
    load_weights,
    read_config,
    save_checkpoint,
)
from training.errors import TrainingError
from training.families import same_weights
from training.recipe import Recipe
from training.runlog import RunLog
from training.trainer import Corpora, Trainer
from training.validation import WordErrors
from training.vocabulary import CHARACTERS


@dataclass(frozen=True)
class Sources:
    """Manifests of a run; `noises` and `rooms` list sounds with a `split` of their own."""

    train: Sequence[Path]
    dev: Sequence[Path]
    noises: Path | None = None
    rooms: Path | None = None


def train(
    recipe: Recipe,
    sources: Sources,
    out: Path,
    log: RunLog,
    compile_blocks: bool = False,
    precision: str = "no",
    start: Path | None = None,
) -> WordErrors | None:
    """Train `recipe` and write the checkpoint folder `out`; returns its WER on dev.

    Called again with the same `out`, an interrupted run goes on where its last state was saved.
    A new run begins with the weights of the checkpoint `start`, or with random ones.
    Of several processes only the first writes and returns a result, the others None.

    Raises:
        TrainingError: the run in `out` was started with another recipe or checkpoint.
    """
    _same_run(recipe, start, out / "work" / "recipe.json")
    corpora = read_corpora(sources)
    tokens = Tokens(CHARACTERS)
    trainer = Trainer(recipe, corpora, tokens, out, log, compile_blocks, precision, start)
    trainer.run()
    if not trainer.accelerator.is_main_process:
        return None
    model = trainer.plain_model
    averaged = trainer.history.averaged(recipe.optimiser.average)
    load_weights(model, averaged, trainer.history.folder)
    result = trainer.validation.report(model, recipe.optimiser.steps)
    origin = _origin(recipe, start)
    config = CheckpointConfig(
        name=recipe.name,
        licence=recipe.card.licence,
        origin=origin,
        features=recipe.features,
        encoder=recipe.encoder,
    )
    card = write_card(recipe, origin, corpora.train, result)
    save_checkpoint(out, config, model, CHARACTERS, card)
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


def _origin(recipe: Recipe, start: Path | None) -> str:
    how = f"by recipe '{recipe.name}', seed {recipe.seed}, {recipe.optimiser.steps} steps"
    if start is None:
        return f"trained from scratch {how}"
    before = read_config(start)
    return f"'{before.name}' ({before.origin}), then trained on {how}"


def _same_run(recipe: Recipe, start: Path | None, path: Path) -> None:
    """Refuse to go on with a run that began otherwise; note how this one begins."""
    settings = recipe.model_dump(mode="json", exclude={"card"})
    if start is not None:
        if not same_weights(read_config(start).encoder, recipe.encoder):
            raise TrainingError(
                f"{start}: its encoder is not the recipe's",
                "copy [encoder] from the recipe that it was trained by",
            )
        settings["start"] = FileEntry.of(start / WEIGHTS).sha256
    text = json.dumps(settings, indent=2)
    if path.exists() and path.read_text() != text:
        raise TrainingError(
            f"{path.parent.parent}: holds a run of another recipe or from another checkpoint",
            "give another folder with --out",
            f"or remove {path.parent} to start anew",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
