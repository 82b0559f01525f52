"""One whole training on units: lists of speech in, a checkpoint whose exits name units out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import JsonValue
from torch.utils.data import DataLoader

from edge.corpus import Utterance
from edge.tokens import Tokens
from training.ctc import frozen_parts
from training.errors import TrainingError
from training.loader import LengthBatches, make_loader
from training.loop import Loop, Precision
from training.pretrained import EarlyExitPretrained
from training.runlog import RunLog
from training.sounds import SoundStore
from training.start import Start
from training.units.filters import begin_as_filter_bank
from training.units.labels import (
    ByBlock,
    ByBranch,
    ByMfcc,
    Described,
    Naming,
    UnitStore,
    find_centres,
    likeliest,
    nearest,
)
from training.units.recipe import UnitsRecipe
from training.units.speech import Crop, Crops, UnitBatch, collate_units
from training.units.task import UnitNaming

_DEV_BATCH = 8


@dataclass(frozen=True)
class UnitFigures:
    """Each exit's loss in nats per frame, and shares of units that are named rightly in percent."""

    by_name: dict[str, float]

    @property
    def summary(self) -> str:
        """One line for people."""
        return "  ".join(f"{name} {value:.2f}" for name, value in self.by_name.items())

    def fields(self) -> dict[str, JsonValue]:
        """All figures for JSON."""
        return {"units": {**self.by_name}}

    def markdown(self) -> list[str]:
        """A section for a card."""
        return [
            "## Naming units on dev",
            "",
            "Loss of each exit that learnt, in nats per frame, and the share of units that the "
            "last of them names rightly, of hidden frames and of those that it sees:",
            "",
            f"| {' | '.join(self.by_name)} |",
            "|" + "---|" * len(self.by_name),
            f"| {' | '.join(f'{value:.2f}' for value in self.by_name.values())} |",
        ]


class UnitTraining:
    """A training on units in `work`; `loop.run` may be called again after an interruption.

    `start` is the checkpoint that a new run begins with. Branches that name the same units begin
    as they were there.
    """

    def __init__(
        self,
        recipe: UnitsRecipe,
        train: Sequence[Utterance],
        dev: Sequence[Utterance],
        work: Path,
        log: RunLog,
        precision: Precision = "no",
        start: Start | None = None,
    ) -> None:
        self.recipe, self.log, self.work = recipe, log, work
        self.start = start
        self._check()
        sounds = self._sounds(train, "decoding speech")
        describe = self._describe()
        name = self._naming(sounds, describe)
        loader = self._loader(sounds, self._units("train", sounds, describe, name), train)
        heard = self._sounds(dev, "decoding dev")
        units = self._units("dev", heard, describe, name)
        clean = recipe.model_copy(update={"low_pass_chance": 0.0})
        self.dev = Crops(heard, units, self._usable(heard), clean)
        self.loop = Loop(
            self._task, loader, recipe.optimiser, recipe.seed, work, log, self.report, precision
        )

    @property
    def tokens(self) -> Tokens:
        """The units, by number."""
        if self.start and self.recipe.units.source == "branch":
            return self.start.checkpoint.tokens
        return Tokens([f"{self.recipe.name}-{unit}" for unit in range(self.recipe.units.clusters)])

    def report(self, model: EarlyExitPretrained, step: int) -> UnitFigures:
        """Measure on dev, log and return the figures."""
        task = UnitNaming(model, self.recipe.seen_weight).eval()
        lengths = self.dev.sounds.lengths
        order = sorted(range(len(self.dev.usable)), key=lambda at: lengths[self.dev.usable[at]])
        figures: dict[str, list[float]] = {}
        with torch.no_grad():
            for first in range(0, len(order), _DEV_BATCH):
                drawn = order[first : first + _DEV_BATCH]
                batch = collate_units([self.dev[position, position] for position in drawn])
                for name, value in task(UnitBatch(*batch))[1].items():
                    figures.setdefault(name, []).append(value)
        means = {name: float(np.mean(values)) for name, values in figures.items()}
        self.log.record("dev", step=step, **means)
        found = UnitFigures(means)
        self.log.echo(f"dev after step {step}: {found.summary}")
        return found

    def _check(self) -> None:
        """Refuse what needs a checkpoint to start from, and has none, or not the right one."""
        recipe, start = self.recipe, self.start
        needs = recipe.units.source != "mfcc" or recipe.trains == "branches"
        if needs and start is None:
            raise TrainingError(
                f"recipe '{recipe.name}' takes its units or its encoder from a checkpoint",
                "name it: --start CHECKPOINT",
            )
        if recipe.units.block and recipe.units.block > recipe.encoder.blocks:
            raise TrainingError(
                f"units.block is {recipe.units.block}, the encoder has {recipe.encoder.blocks}"
            )

    def _task(self) -> UnitNaming:
        recipe = self.recipe
        model = EarlyExitPretrained(recipe.encoder, len(self.tokens))
        if self.start is not None:
            self.start.grow(model, self.tokens)
        elif recipe.filter_bank:
            begin_as_filter_bank(model.frontend, recipe.features.sample_rate)
        # Units were named beforehand, so that the branch that named them may learn, too.
        return UnitNaming(model, recipe.seen_weight, frozen_parts(model, recipe.trains, ()))

    def _describe(self) -> Described:
        recipe = self.recipe
        if recipe.units.source == "mfcc" or self.start is None:
            return ByMfcc(recipe.encoder.framing, recipe.features.sample_rate)
        before = self.start.checkpoint
        if recipe.units.source == "branch":
            return ByBranch(before.model, before.config.features)
        block = recipe.units.block or recipe.encoder.blocks
        return ByBlock(before.model, before.config.features, block)

    def _naming(self, sounds: SoundStore, describe: Described) -> Naming:
        units = self.recipe.units
        if units.source == "branch":
            return likeliest
        path = self.work / "centres.npy"
        if not path.exists():
            self.log.stage(f"finding {units.clusters} units")
            seed = self.recipe.seed
            np.save(path, find_centres(sounds, describe, units.clusters, units.frames, seed))
        return nearest(np.load(path))

    def _units(
        self, split: str, sounds: SoundStore, describe: Described, name: Naming
    ) -> UnitStore:
        progress = self.log.progress(f"naming units of {split}")
        return UnitStore(self.work / f"{split}-units.npz", sounds, describe, name, progress)

    def _sounds(self, speech: Sequence[Utterance], what: str) -> SoundStore:
        files = [utterance.audio for utterance in speech]
        rate, progress = self.recipe.features.sample_rate, self.log.progress(what)
        return SoundStore(files, self.work / "sounds", rate, progress)

    def _usable(self, sounds: SoundStore) -> list[int]:
        data, rate = self.recipe.data, self.recipe.features.sample_rate
        least = max(self.recipe.encoder.framing.window, data.shortest_s * rate)
        most = data.longest_s * rate
        return [index for index, length in enumerate(sounds.lengths) if least <= length <= most]

    def _loader(
        self, sounds: SoundStore, units: UnitStore, speech: Sequence[Utterance]
    ) -> "DataLoader[Crop]":
        recipe, data = self.recipe, self.recipe.data
        usable = self._usable(sounds)
        seconds = [sounds.lengths[index] / recipe.features.sample_rate for index in usable]
        self.log.stage(
            f"{len(usable)} of {len(speech)} utterances, {sum(seconds) / 3600:.1f} h, in crops "
            f"of up to {recipe.crop_frames} frames"
        )
        batches = LengthBatches(
            [min(recipe.crop_s, length) for length in seconds],
            [speech[index].corpus for index in usable],
            data,
            recipe.seed,
            short_first=False,
        )
        crops = Crops(sounds, units, usable, recipe)
        return make_loader(crops, batches, collate_units, data.workers)
