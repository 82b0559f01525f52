"""How unsure branches are of the units, and where that lets an utterance leave."""

from collections.abc import Iterable

import torch
from torch import Tensor

from training.daisy.model import EarlyExitDaisy


def mean_entropy(logits: Tensor, mask: Tensor) -> Tensor:
    """Mean entropy of the real frames in nats, f32[B], from f32[B, N, units] and mask [B, N, 1].

    One number an utterance, and none depends on another's: `edge.scores.entropy_nats`.
    """
    log_probs = logits.float().log_softmax(-1)
    entropy = -(log_probs.exp() * log_probs).sum(-1)
    real = mask.squeeze(-1)
    return (entropy * real).sum(1) / real.sum(1)


def unit_entropies(model: EarlyExitDaisy, states: dict[int, Tensor], mask: Tensor) -> Tensor:
    """Return f32[B, exits]: the entropy of every exit's units, from its `states`."""
    entropies = [mean_entropy(model.units[str(exit)](x, mask), mask) for exit, x in states.items()]
    return torch.stack(entropies, dim=1)


def first_sure(entropies: Tensor, threshold: float) -> Tensor:
    """Return i64[B]: the first column of f32[B, exits] within the threshold, else the last."""
    sure = entropies <= threshold
    sure[:, -1] = True
    return sure.int().argmax(dim=1)


@torch.no_grad()
def mean_branch_entropy(model: EarlyExitDaisy, sounds: Iterable[Tensor]) -> float:
    """Mean over exits and utterances, each f32[T, 1], of the entropy of units: θ is ρ times it."""
    model.eval()
    rows = []
    for features in sounds:
        states, mask = model.states(features.unsqueeze(0), torch.tensor([len(features)]))
        rows.append(unit_entropies(model, states, mask))
    return float(torch.cat(rows).mean())
