"""The training loop: one CPU, one GPU or many (`accelerate launch`), resumable at any point."""

import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration, set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader

from edge.corpus import Utterance
from edge.errors import CorpusError
from edge.tokens import Tokens
from training.augment import Augmenter
from training.checkpoint import WEIGHTS, load_weights, read_weights
from training.conformer import EarlyExitConformer
from training.errors import TrainingError
from training.loader import Batch, Examples, LengthBatches, collate
from training.losses import ExitLoss
from training.recipe import OptimiserSettings, Recipe
from training.runlog import RunLog
from training.sounds import SoundStore
from training.validation import Validation
from training.weights import WeightHistory


@dataclass(frozen=True)
class Corpora:
    """What a run learns from and is chosen by; sounds of noise and rooms may be empty."""

    train: list[Utterance]
    dev: list[Utterance]
    noises: list[Path]
    rooms: list[Path]


class Trainer:
    """Trains one encoder in `folder`/work; `run` may be called again after an interruption.

    `start` is the checkpoint folder whose weights a new run begins with, instead of random ones.
    """

    def __init__(
        self,
        recipe: Recipe,
        corpora: Corpora,
        tokens: Tokens,
        folder: Path,
        log: RunLog,
        compile_blocks: bool = False,
        precision: str = "no",
        start: Path | None = None,
    ) -> None:
        self.recipe, self.log = recipe, log
        self.work = folder / "work"
        # Batches vary in size, so none can be filled up to make all processes' shares equal.
        self.accelerator = Accelerator(
            mixed_precision=precision,
            dataloader_config=DataLoaderConfiguration(even_batches=False),
        )
        set_seed(recipe.seed)
        # Gradients that fade to denormal numbers can make a CPU many times slower.
        torch.set_flush_denormal(True)
        model = EarlyExitConformer(recipe.encoder, len(tokens))
        if start is not None:
            load_weights(model, read_weights(start / WEIGHTS), start / WEIGHTS)
        loss = ExitLoss(recipe.loss, recipe.encoder.exits)
        optimiser = make_optimiser([model, loss], recipe.optimiser)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: rate_factor(step, recipe.optimiser)
        )
        self.validation = Validation(corpora.dev, recipe, tokens, self.work / "sounds", log)
        loader = make_loader(recipe, corpora, tokens, self.work / "sounds", log)
        prepared = self.accelerator.prepare(model, loss, optimiser, loader)
        self.model, self.loss, self.optimiser, self.loader = prepared
        self.schedule = schedule
        self.accelerator.register_for_checkpointing(schedule)
        self.history = WeightHistory(self.work / "weights", recipe.optimiser.average)
        if compile_blocks:
            for block in self.plain_model.blocks:
                block.compile(dynamic=True)

    @property
    def plain_model(self) -> EarlyExitConformer:
        """The encoder without what `accelerate` wraps around it."""
        model = self.accelerator.unwrap_model(self.model)
        assert isinstance(model, EarlyExitConformer)
        return model

    def run(self) -> None:
        """Train to the recipe's last step, from the last saved state if there is one."""
        settings = self.recipe.optimiser
        step = self._resume()
        if step >= settings.steps:
            return
        started, since = time.monotonic(), step
        for batch in self._batches(step):
            self._seed_step(step)
            losses = self._step(batch)
            step += 1
            if step % 50 == 0:
                speed = (time.monotonic() - started) / (step - since)
                rate = float(self.schedule.get_last_lr()[0])
                self.log.step(step, settings.steps, losses, rate, speed)
            if step % settings.validate_every == 0 or step == settings.steps:
                self._save(step)
            if step >= settings.steps:
                break
        self.log.stage(f"trained {step} steps")

    def _step(self, batch: Batch) -> dict[int, float]:
        self.model.train()
        with self.accelerator.autocast():
            logits, frames = self.model(batch.features, batch.lengths)
        by_exit: dict[int, float]
        loss, by_exit = self.loss(logits, frames, batch.targets, batch.target_lengths)
        self.optimiser.zero_grad()
        self.accelerator.backward(loss)
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.recipe.optimiser.clip)
        # One batch with a broken gradient must not spoil the run.
        if torch.isfinite(torch.as_tensor(norm)):
            self.optimiser.step()
        self.schedule.step()
        return by_exit

    def _seed_step(self, step: int) -> None:
        """Make dropout depend on the step alone: a resumed run draws what a whole one does."""
        processes, rank = self.accelerator.num_processes, self.accelerator.process_index
        torch.manual_seed(hash((self.recipe.seed, step * processes + rank)))

    def _batches(self, done: int) -> Iterator[Batch]:
        loader = self.loader
        if done:
            loader = self.accelerator.skip_first_batches(loader, done)
        yield from loader

    def _save(self, step: int) -> None:
        """Write the state beside the last one, then switch: a killed run resumes from either."""
        self.accelerator.save_state(str(self.work / f"state-{step}"))
        if self.accelerator.is_main_process:
            partial = self.work / "step.part"
            partial.write_text(str(step))
            partial.replace(self.work / "step")
            for old in self.work.glob("state-*"):
                if old.name != f"state-{step}":
                    shutil.rmtree(old)
            self.history.add(step, self.plain_model.state_dict())
            self.validation.report(self.plain_model, step)
        self.accelerator.wait_for_everyone()

    def _resume(self) -> int:
        marker = self.work / "step"
        if not marker.exists():
            return 0
        step = int(marker.read_text())
        self.accelerator.load_state(str(self.work / f"state-{step}"))
        self.log.stage(f"resuming after step {step}")
        return step


def make_optimiser(modules: list[nn.Module], settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW that decays matrices only, not biases and norms."""
    parameters = [parameter for module in modules for parameter in module.parameters()]
    matrices = [parameter for parameter in parameters if parameter.ndim > 1]
    vectors = [parameter for parameter in parameters if parameter.ndim <= 1]
    groups: list[dict[str, object]] = [
        {"params": matrices},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups,
        lr=settings.peak_rate,
        betas=(0.9, settings.beta2),
        weight_decay=settings.weight_decay,
    )


def rate_factor(step: int, settings: OptimiserSettings) -> float:
    """Share of the peak learning rate at `step` (from 0): linear rise, then cosine or Noam."""
    if step < settings.warmup:
        return (step + 1) / settings.warmup
    if settings.schedule == "noam":
        return math.sqrt(settings.warmup / (step + 1))
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def make_loader(
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
    return DataLoader(
        Examples(sounds, targets, usable, augmenter),
        batch_sampler=batches,
        collate_fn=collate,
        num_workers=data.workers,
        prefetch_factor=6 if data.workers else None,
        worker_init_fn=_one_thread,
    )


def _spell(utterance: Utterance, tokens: Tokens) -> list[int]:
    try:
        return tokens.encode(utterance.text)
    except CorpusError as error:
        raise CorpusError(f"{utterance.audio}: {error.what}", *error.tries) from error


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
