"""A training on transcripts: the encoder, its loss, batches and measuring, put into the loop."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from torch.utils.data import DataLoader

from edge.corpus import Utterance
from edge.errors import CorpusError
from edge.tokens import Tokens
from training.augment import Augmenter
from training.ctc import CtcTask, frozen_parts
from training.daisy.entropy import mean_branch_entropy
from training.daisy.model import EarlyExitDaisy
from training.daisy.task import HeadTask
from training.encoder import EarlyExitEncoder
from training.errors import TrainingError
from training.families import build_encoder
from training.loader import Examples, LengthBatches, collate, make_loader
from training.loop import Loop, Precision, Task
from training.losses import ExitLoss
from training.recipe import Recipe
from training.runlog import RunLog
from training.sounds import SoundStore
from training.start import Start
from training.validation import Validation

_HEARD = 100
"""Utterances of dev, short and long ones, that the mean entropy of units is taken from."""


@dataclass(frozen=True)
class Corpora:
    """What a run learns from and is chosen by; sounds of noise and rooms may be empty."""

    train: list[Utterance]
    dev: list[Utterance]
    noises: list[Path]
    rooms: list[Path]


class Trainer:
    """Trains one encoder in `folder`/work; `loop.run` may be called again after an interruption.

    `start` is the checkpoint that a new run begins with, instead of random weights.
    """

    def __init__(
        self,
        recipe: Recipe,
        corpora: Corpora,
        tokens: Tokens,
        folder: Path,
        log: RunLog,
        compile_blocks: bool = False,
        precision: Precision = "no",
        start: Start | None = None,
    ) -> None:
        self.recipe, self.tokens, self.log, self.start = recipe, tokens, log, start
        work = folder / "work"
        cache = work / "sounds"
        self.validation = Validation(corpora.dev, recipe, tokens, cache, log)
        loader = load_speech(recipe, corpora, tokens, cache, log)
        self.loop = Loop(
            self._task,
            loader,
            recipe.optimiser,
            recipe.seed,
            work,
            log,
            self.validation.report,
            precision,
        )
        if compile_blocks:
            for block in self.loop.model.blocks:
                block.compile(dynamic=True)

    def _task(self) -> Task[EarlyExitEncoder]:
        model = build_encoder(self.recipe.encoder, len(self.tokens))
        grown = self.start.grow(model, self.tokens) if self.start else frozenset[int]()
        if isinstance(model, EarlyExitDaisy):
            return self._head_task(model)
        loss = ExitLoss(self.recipe.loss, self.recipe.encoder.exits)
        return CtcTask(model, loss, frozen_parts(model, self.recipe.trains, grown))

    def _head_task(self, model: EarlyExitDaisy) -> HeadTask:
        """Return the task of a DAISY head; θ is fitted on dev."""
        if self.start is None:
            raise TrainingError(
                f"recipe '{self.recipe.name}' reads an encoder whose branches name units",
                "name it: --start CHECKPOINT",
            )
        heard = self.validation.frames[:: max(1, len(self.validation.frames) // _HEARD)]
        rho, mean = self.recipe.loss.rho, mean_branch_entropy(model, heard)
        self.log.stage(f"mean branch entropy {mean:.3f} nats, leaving at {rho * mean:.3f}")
        return HeadTask(model, rho * mean)


def load_speech(
    recipe: Recipe, corpora: Corpora, tokens: Tokens, cache: Path, log: RunLog
) -> "DataLoader[tuple[Tensor, Tensor]]":
    """Endless training batches of `recipe` over the usable part of `corpora.train`."""
    data, rate = recipe.data, recipe.features.sample_rate
    targets = [_spell(utterance, tokens) for utterance in corpora.train]
    sounds = SoundStore(
        [u.audio for u in corpora.train], cache, rate, log.progress("decoding speech")
    )
    durations = [length / rate for length in sounds.lengths]
    usable = [
        index
        for index, duration in enumerate(durations)
        if data.shortest_s <= duration <= data.longest_s
    ]
    if not usable:
        raise TrainingError(
            f"none of {len(durations)} utterances lasts from {data.shortest_s:g} to "
            f"{data.longest_s:g} s",
            "change data.shortest_s and data.longest_s in the recipe",
        )
    log.stage(
        f"{len(usable)} of {len(durations)} utterances, "
        f"{sum(durations[index] for index in usable) / 3600:.1f} h, from {data.shortest_s:g} to "
        f"{data.longest_s:g} s"
    )
    noises = SoundStore(corpora.noises, cache, rate, log.progress("decoding noise"))
    rooms = SoundStore(corpora.rooms, cache, rate)
    augmenter = Augmenter(
        recipe.augment,
        recipe.features,
        [noises[index] for index in range(len(noises))],
        [rooms[index] for index in range(len(rooms))],
    )
    batches = LengthBatches(
        [durations[index] for index in usable],
        [corpora.train[index].corpus for index in usable],
        data,
        recipe.seed,
    )
    examples = Examples(sounds, targets, usable, augmenter)
    return make_loader(examples, batches, collate, data.workers)


def _spell(utterance: Utterance, tokens: Tokens) -> list[int]:
    try:
        return tokens.encode(utterance.text)
    except CorpusError as error:
        raise CorpusError(f"{utterance.audio}: {error.what}", *error.tries) from error
