"""CTC at every exit, and the ways of weighing the exits against each other."""

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F

from training.errors import RecipeError

Weighting = Literal["uniform", "fixed", "joint", "depth", "learnt", "distil", "taken"]


class LossSettings(BaseModel):
    """How the exits' losses are added.

    uniform: unweighted sum (Wright et al. 2023).
    fixed: `weights`, one per exit.
    joint: the last exit's, plus `branch_weight` times those of all others (HuBERT-EE's λ, arXiv
        2204.06328).
    depth: Σ i·L_i / Σ i over exit depths i (PABEE, arXiv 2006.04152).
    learnt: Σ L_i·exp(−s_i) + s_i with s_i trained (Kendall et al. 2018, arXiv 1705.07115).
    distil: uniform, plus `distil_weight` times KL(last exit ‖ exit i), the last exit detached
        (Wright et al.'s wav2vec 2.0 variant); with `weights`, each exit's losses are multiplied by
        its own.
    taken: of a DAISY encoder, the loss at the exit that an utterance leaves at, where the mean
        entropy of its units is at most `rho` times what it is on average over exits and
        utterances of dev.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weighting: Weighting = "uniform"
    weights: tuple[float, ...] = ()
    branch_weight: float = Field(1.0, ge=0)
    rho: float = Field(0.76, gt=0)
    distil_weight: float = Field(0.5, ge=0)


class ExitLoss(nn.Module):
    """Weighs the CTC losses of all exits into one; holds the learnt weights where there are any."""

    def __init__(self, settings: LossSettings, exits: tuple[int, ...]) -> None:
        super().__init__()
        weighed = settings.weighting == "fixed" or bool(settings.weights)
        if weighed and len(settings.weights) != len(exits):
            raise RecipeError(
                f"loss.weights has {len(settings.weights)} values for {len(exits)} exits",
                "give one weight per exit, shallowest first",
            )
        self.settings, self.exits = settings, exits
        if settings.weighting == "learnt":
            self.log_scale = nn.Parameter(torch.zeros(len(exits)))

    def forward(
        self, logits: dict[int, Tensor], frames: Tensor, targets: Tensor, target_lengths: Tensor
    ) -> tuple[Tensor, dict[int, float]]:
        """Total loss and each exit's CTC loss in nats per symbol.

        Args:
            logits: f32[B, N, V] by exit.
            frames: i64[B], real encoder frames: CTC never sees padding.
            targets: i64[B, L], padded anyhow.
            target_lengths: i64[B].
        """
        log_probs = {exit: logits[exit].float().log_softmax(-1) for exit in self.exits}
        losses = torch.stack(
            [ctc(log_probs[exit], frames, targets, target_lengths) for exit in self.exits]
        )
        by_exit = dict(zip(self.exits, losses.detach().tolist(), strict=True))
        return self._total(losses, log_probs, frames), by_exit

    def _total(self, losses: Tensor, log_probs: dict[int, Tensor], frames: Tensor) -> Tensor:
        weighting = self.settings.weighting
        if weighting == "fixed":
            return (losses * losses.new_tensor(self.settings.weights)).sum()
        if weighting == "joint":
            return losses[-1] + self.settings.branch_weight * losses[:-1].sum()
        if weighting == "depth":
            depths = losses.new_tensor(self.exits)
            return (losses * depths).sum() / depths.sum()
        if weighting == "learnt":
            return (losses * torch.exp(-self.log_scale) + self.log_scale).sum()
        if weighting == "distil":
            teacher = log_probs[self.exits[-1]].detach()
            gaps = [divergence(teacher, log_probs[exit], frames) for exit in self.exits[:-1]]
            taught = losses + self.settings.distil_weight * torch.stack(
                [*gaps, losses.new_zeros(())]
            )
            weights = self.settings.weights or (1.0,) * len(self.exits)
            return (taught * losses.new_tensor(weights)).sum()
        return losses.sum()


def ctc(log_probs: Tensor, frames: Tensor, targets: Tensor, target_lengths: Tensor) -> Tensor:
    """CTC loss of a batch in nats per target symbol; blank is 0.

    Utterances with more symbols than frames can carry weigh nothing.
    """
    total = F.ctc_loss(
        log_probs.transpose(0, 1),
        targets,
        frames,
        target_lengths,
        reduction="sum",
        zero_infinity=True,
    )
    return total / target_lengths.sum()


def divergence(teacher: Tensor, student: Tensor, frames: Tensor) -> Tensor:
    """Mean KL(teacher ‖ student) in nats over real frames, from log-probabilities [B, N, V]."""
    positions = torch.arange(teacher.shape[1], device=teacher.device)
    real = (positions < frames[:, None]).to(teacher.dtype)
    gap = (teacher.exp() * (teacher - student)).sum(-1)
    return (gap * real).sum() / real.sum()
