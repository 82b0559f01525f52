"""The training loop: one CPU, one GPU or many (`accelerate launch`), resumable at any point."""

import logging
import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration, set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader

from training.runlog import RunLog
from training.settings import OptimiserSettings
from training.weights import WeightHistory

Precision = Literal["no", "bf16", "fp16"]
Model = TypeVar("Model", bound=nn.Module)
Model_co = TypeVar("Model_co", bound=nn.Module, covariant=True)


class Task(nn.Module, Generic[Model_co]):
    """What a loop trains: `forward(batch)` is the loss and what is to be noted of it, by name.

    `model` is what the loop keeps the weights of; what of it is `frozen` stays as it is, dropout
    and running means included.
    """

    model: Model_co

    def __init__(self, model: Model_co, frozen: Sequence[nn.Module] = ()) -> None:
        super().__init__()
        self.model = model
        self._frozen = tuple(frozen)
        for module in frozen:
            module.requires_grad_(False)

    def forward(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch, and figures for the log."""
        raise NotImplementedError

    def train(self, mode: bool = True) -> Self:
        """Set what is trained to training or evaluation mode."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def frozen_names(self) -> set[str]:
        """Names of the model's tensors that stay as they are."""
        still = {
            id(tensor)
            for module in self._frozen
            for tensor in module.state_dict(keep_vars=True).values()
        }
        state = self.model.state_dict(keep_vars=True)
        return {name for name, tensor in state.items() if id(tensor) in still}


class Loop(Generic[Model]):
    """Trains a task in `work`; `run` may be called again after an interruption.

    `report` is told the step after each saved state.
    """

    def __init__(
        self,
        make_task: Callable[[], Task[Model]],
        loader: "DataLoader[Any]",
        settings: OptimiserSettings,
        seed: int,
        work: Path,
        log: RunLog,
        report: Callable[[Model, int], object],
        precision: Precision = "no",
    ) -> None:
        self.settings, self.seed, self.log, self.work = settings, seed, log, work
        self.report = report
        # Batches vary in size, so none can be filled up to make all processes' shares equal.
        self.accelerator = Accelerator(
            mixed_precision=precision,
            dataloader_config=DataLoaderConfiguration(even_batches=False),
        )
        set_seed(seed)
        # Gradients that fade to denormal numbers can make a CPU many times slower.
        torch.set_flush_denormal(True)
        task = make_task()
        optimiser = make_optimiser(task, settings)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: rate_factor(step, settings)
        )
        prepared = self.accelerator.prepare(task, optimiser, loader)
        self.task, self.optimiser, self.loader = prepared
        self.accelerator.register_for_checkpointing(self.schedule)
        self.history = WeightHistory(work / "weights", settings.average)

    @property
    def plain_task(self) -> Task[Model]:
        """The task, without what `accelerate` wraps around it."""
        task = self.accelerator.unwrap_model(self.task)
        assert isinstance(task, Task)
        return task

    @property
    def model(self) -> Model:
        """The task's model."""
        return self.plain_task.model

    def averaged(self) -> dict[str, Tensor]:
        """Mean weights of the last saved states; what is frozen as it was, to the bit."""
        mean = self.history.averaged(self.settings.average)
        last = self.history.last()
        return mean | {name: last[name] for name in self.plain_task.frozen_names()}

    @property
    def leads(self) -> bool:
        """Whether this process is the one of several that writes."""
        return bool(self.accelerator.is_main_process)

    def run(self) -> None:
        """Train to the last step, from the last saved state if there is one."""
        steps = self.settings.steps
        step = self._resume()
        if step >= steps:
            return
        started, since = time.monotonic(), step
        for batch in self._batches(step):
            self._seed_step(step)
            figures = self._step(batch)
            step += 1
            if step % 50 == 0:
                speed = (time.monotonic() - started) / (step - since)
                rate = float(self.schedule.get_last_lr()[0])
                self.log.step(step, steps, figures, rate, speed)
            if step % self.settings.validate_every == 0 or step == steps:
                self._save(step)
            if step >= steps:
                break
        self.log.stage(f"trained {step} steps")

    def _step(self, batch: tuple[Tensor, ...]) -> dict[str, float]:
        self.task.train()
        figures: dict[str, float]
        loss, figures = self.task(batch)
        self.optimiser.zero_grad()
        self.accelerator.backward(loss)
        norm = self.accelerator.clip_grad_norm_(self.task.parameters(), self.settings.clip)
        # One batch with a broken gradient must not spoil the run.
        if torch.isfinite(torch.as_tensor(norm)):
            self.optimiser.step()
        self.schedule.step()
        return figures

    def _seed_step(self, step: int) -> None:
        """Make dropout depend on the step alone: a resumed run draws what a whole one does."""
        processes, rank = self.accelerator.num_processes, self.accelerator.process_index
        torch.manual_seed(hash((self.seed, step * processes + rank)))

    def _batches(self, done: int) -> Iterator[Any]:
        loader = self.loader
        if done:
            loader = self.accelerator.skip_first_batches(loader, done)
        yield from loader

    def _save(self, step: int) -> None:
        """Write the state beside the last one, then switch: a killed run resumes from either."""
        with _shared_weights_are_meant():
            self.accelerator.save_state(str(self.work / f"state-{step}"))
        if self.leads:
            partial = self.work / "step.part"
            partial.write_text(str(step))
            partial.replace(self.work / "step")
            for old in self.work.glob("state-*"):
                if old.name != f"state-{step}":
                    shutil.rmtree(old)
            self.history.add(step, self.model.state_dict())
            self.report(self.model, step)
        self.accelerator.wait_for_everyone()

    def _resume(self) -> int:
        marker = self.work / "step"
        if not marker.exists():
            return 0
        step = int(marker.read_text())
        if step >= self.settings.steps:
            return step
        self.accelerator.load_state(str(self.work / f"state-{step}"))
        self.log.stage(f"resuming after step {step}")
        return step


@contextmanager
def _shared_weights_are_meant() -> Iterator[None]:
    """Keep the names of all weights that exits share off the screen."""
    logger = logging.getLogger("accelerate.utils.other")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def make_optimiser(module: nn.Module, settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW of what is not frozen, that decays matrices only, not biases and norms."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
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
