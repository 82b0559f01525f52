"""Naming units: of frames that are hidden, or of what every exit sees."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from training.encoder import feature_mask
from training.loop import Task
from training.pretrained import EarlyExitPretrained
from training.units.speech import UnitBatch


class UnitNaming(Task[EarlyExitPretrained]):
    """The encoder whose exits name units, and their loss in nats per frame.

    Unlike HuBERT's, a hidden frame is 0 and not a learnt vector, and a branch is a plain softmax
    over the units and not cosines to learnt codes: what is left is an encoder with exits, like any
    other.
    """

    def __init__(
        self,
        model: EarlyExitPretrained,
        seen_weight: float,
        frozen: Sequence[nn.Module] = (),
    ) -> None:
        """A frame that is seen counts `seen_weight`, one that is hidden 1."""
        super().__init__(model, frozen)
        self.seen_weight = seen_weight

    def forward(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, dict[str, float]]:
        """Return the sum over exits of the loss of a `UnitBatch`.

        Notes each exit's loss, and of the last one the share of units that it names rightly, in
        percent.
        """
        batch = UnitBatch(*batch)
        logits, real = unit_logits(self.model, batch)
        hidden, seen = batch.hidden & real, ~batch.hidden & real
        total = batch.features.new_zeros(())
        figures = {}
        exits = self.model.config.exits
        for exit in exits:
            losses = F.cross_entropy(
                logits[exit].float().transpose(1, 2), batch.units, reduction="none"
            )
            loss = mean_where(losses, hidden) + self.seen_weight * mean_where(losses, seen)
            figures[str(exit)] = loss.item()
            total = total + loss
        right = (logits[exits[-1]].argmax(-1) == batch.units).float()
        figures["hidden %"] = 100 * mean_where(right, hidden).item()
        figures["seen %"] = 100 * mean_where(right, seen).item()
        return total, figures


def unit_logits(model: EarlyExitPretrained, batch: UnitBatch) -> tuple[dict[int, Tensor], Tensor]:
    """Return logits f32[B, N, units] by exit, and bool[B, N]: which frames are real."""
    mask = feature_mask(batch.features, batch.lengths)
    front = model.frontend
    x = front.project(front.extract(batch.features, mask))
    mask = model.frame_mask(mask)
    x = front.place(x.masked_fill(batch.hidden.unsqueeze(-1), 0.0), mask)
    logits = {}
    for depth, block in enumerate(model.blocks, start=1):
        x = block(x, mask)
        if depth in model.config.exits:
            logits[depth] = model.branches[str(depth)](x, mask)
    return logits, mask.squeeze(-1).bool()


def mean_where(values: Tensor, where: Tensor) -> Tensor:
    """Mean of f32[B, N] where bool[B, N] holds; 0 where it nowhere does."""
    return (values * where).sum() / where.sum().clamp(min=1)
