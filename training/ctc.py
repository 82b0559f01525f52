"""CTC at every exit, of all the encoder or of a part."""

from collections.abc import Collection, Sequence
from typing import Literal

from torch import Tensor, nn

from training.encoder import EarlyExitEncoder
from training.loader import Batch
from training.loop import Task
from training.losses import ExitLoss
from training.pretrained import EarlyExitPretrained

Trains = Literal["all", "blocks", "branches"]


class CtcTask(Task[EarlyExitEncoder]):
    """An encoder and the loss of its exits."""

    def __init__(
        self, model: EarlyExitEncoder, loss: ExitLoss, frozen: Sequence[nn.Module] = ()
    ) -> None:
        super().__init__(model, frozen)
        self.loss = loss

    def forward(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a `Batch`; notes each exit's, in nats per symbol."""
        batch = Batch(*batch)
        logits, frames = self.model(batch.features, batch.lengths)
        by_exit: dict[int, float]
        loss: Tensor
        loss, by_exit = self.loss(logits, frames, batch.targets, batch.target_lengths)
        return loss, {str(exit): value for exit, value in by_exit.items()}


def frozen_parts(
    model: EarlyExitEncoder, trains: Trains, trained_before: Collection[int]
) -> list[nn.Module]:
    """Return what is not to be trained; `trained_before` are exits whose branches stay as well."""
    if trains == "branches":
        branches = [model.branches[str(exit)] for exit in trained_before]
        return [model.frontend, model.blocks, *branches]
    if trains == "blocks" and isinstance(model, EarlyExitPretrained):
        return [model.frontend.convs]
    return []
