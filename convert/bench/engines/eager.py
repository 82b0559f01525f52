"""PyTorch in float32, eagerly, without padding: what a checkpoint costs before it is converted."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from convert.bench.engines.engine import Decode, Inside, Prepare
from convert.parts import whole_part
from edge.audio import Samples
from training.checkpoint import load_checkpoint


class EagerEngine:
    """A module that maps f32[1, T, …] and a mask f32[1, T, 1] to logits f32[1, N, V]."""

    def __init__(self, module: nn.Module, prepare: Prepare, decode: Decode) -> None:
        self._module = module.eval()
        self._prepare = prepare
        self._decode = decode

    @torch.inference_mode()
    def transcribe(self, samples: Samples) -> str:
        """Run the module on exactly the frames that there are."""
        features = torch.from_numpy(self._prepare(samples)).unsqueeze(0)
        logits = self._module(features, torch.ones(1, features.shape[1], 1))
        return self._decode(logits[0].numpy())

    def inside(self) -> Inside | None:
        """Return None: there is no interpreter."""
        return None


def load_eager(checkpoint: Path, prepare: Prepare, decode: Decode, threads: int) -> EagerEngine:
    """Load front end, all blocks and the last branch of a checkpoint; no other branch is run."""
    torch.set_num_threads(threads)
    model = load_checkpoint(checkpoint).model
    return EagerEngine(whole_part(model, model.config.exits[-1]).module, prepare, decode)
