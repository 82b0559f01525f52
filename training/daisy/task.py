"""The head's training: every utterance is read at the exit that it leaves at."""

import torch
from torch import Tensor

from training.daisy.entropy import first_sure, unit_entropies
from training.daisy.model import EarlyExitDaisy
from training.loader import Batch
from training.loop import Task
from training.losses import ctc


class HeadTask(Task[EarlyExitDaisy]):
    """CTC of a head over an encoder that stays as it is; exits are taken at `threshold` nats."""

    def __init__(self, model: EarlyExitDaisy, threshold: float) -> None:
        super().__init__(model, model.pretrained_parts())
        self.threshold = threshold

    def forward(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a `Batch`; notes it, in nats per symbol, and the mean exit."""
        batch = Batch(*batch)
        states, mask = self.model.states(batch.features, batch.lengths)
        with torch.no_grad():
            taken = first_sure(unit_entropies(self.model, states, mask), self.threshold)
        rows = torch.arange(len(taken), device=taken.device)
        left = torch.stack(list(states.values()))[taken, rows]
        logits = self.model.branches[str(self.model.config.exits[-1])](left, mask)
        frames = self.model.encoder_frames(batch.lengths)
        loss = ctc(logits.float().log_softmax(-1), frames, batch.targets, batch.target_lengths)
        exits = torch.tensor(self.model.config.exits, device=taken.device)
        return loss, {"head": loss.item(), "exit": exits[taken].float().mean().item()}
