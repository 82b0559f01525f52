"""What of an encoder becomes a file, and the inputs that each file takes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge.inputs import InputSettings
from edge.waveform import WaveformSettings
from training.attention import SelfAttention
from training.branches import LinearBranch
from training.daisy.model import EarlyExitDaisy
from training.encoder import EarlyExitEncoder
from training.pretrained.attention import Attention

_BUCKETS = (32, 64, 128, 192, 256, 320, 384)
"""Encoder frames of 40 ms: 1.3 s to 15.4 s. Longer sound is cut at pauses.

Multiples of 64, and 32: a vectorised softmax adds the frames up in the same order at each of them,
so that padding to another bucket changes no bit. (Seen with XNNPACK's AVX-512 kernels, which take
64 at a time and the rest one vector after another.)
"""

_SOUND_BUCKETS_S = (1.5, 3.0, 5.0, 7.0, 10.0, 15.0)
"""Seconds that just fit where samples are read. Such encoders are large, and each length takes its
time to be exported and loaded."""

_STATIC_PADDING_BIAS = -30.0
"""Attention bias on padded keys where activations have 256 levels: e^-30 vanishes beside a real
key's weight, and the range of the scores stays fine enough for an int8 scale."""


@dataclass(frozen=True)
class Part:
    """A module that becomes `NAME.tflite`; `inputs(n)` are examples for a bucket of n frames."""

    name: str
    module: nn.Module
    inputs: Callable[[int], dict[str, Tensor]]


class _MaskFree(nn.Module):
    """A linear branch with only the input that it uses."""

    def __init__(self, branch: LinearBranch) -> None:
        super().__init__()
        self.out = branch.out

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.out(x)
        return logits


class _Whole(nn.Module):
    """The encoder to one exit as a single graph, for comparison with the split one."""

    def __init__(self, model: EarlyExitEncoder, exit: int) -> None:
        super().__init__()
        self.frontend, self.blocks = model.frontend, model.blocks[:exit]
        self.ends = model.framing.ends
        self.branch = model.branches[str(exit)]

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        x = self.frontend(features, mask)
        mask = mask[:, self.ends]
        for block in self.blocks:
            x = block(x, mask)
        logits: Tensor = self.branch(x, mask)
        return logits


def default_buckets(model: EarlyExitEncoder, settings: InputSettings) -> tuple[int, ...]:
    """Return lengths in encoder frames that suit most speech, up to 15 s."""
    if not isinstance(settings, WaveformSettings):
        return _BUCKETS
    frames_per_s = settings.sample_rate / model.framing.hop
    return tuple(math.ceil(seconds * frames_per_s) for seconds in _SOUND_BUCKETS_S)


def encoder_parts(model: EarlyExitEncoder) -> list[Part]:
    """Front end, blocks in order, branches in order, then those that name units."""
    dim = model.config.dim
    front = Part("frontend", model.frontend, _feature_inputs(model))
    blocks = [
        Part(f"block_{depth:02d}", block, _hidden_inputs(dim, with_mask=True))
        for depth, block in enumerate(model.blocks, start=1)
    ]
    branches = [_branch_part(model, exit) for exit in model.config.exits]
    units = model.units.items() if isinstance(model, EarlyExitDaisy) else ()
    return [
        front,
        *blocks,
        *branches,
        *(
            Part(f"units_{int(exit):02d}", branch, _hidden_inputs(dim, with_mask=True))
            for exit, branch in units
        ),
    ]


def place_of(name: str) -> str:
    """Return the name within the encoder of what the part called `name` is made from."""
    kind, _, depth = name.partition("_")
    if kind == "frontend":
        return kind
    folders = {"block": "blocks", "units": "units"}
    return f"{folders.get(kind, 'branches')}.{int(depth) - (kind == 'block')}"


def whole_part(model: EarlyExitEncoder, exit: int) -> Part:
    """Return the whole encoder to `exit` as one part."""
    return Part(f"whole_{exit:02d}", _Whole(model, exit), _feature_inputs(model))


def prepare_for(model: EarlyExitEncoder, recipe: str) -> None:
    """Set what the recipe needs set before export."""
    if recipe == "static-int8":
        for module in model.modules():
            if isinstance(module, SelfAttention | Attention):
                module.padding_bias = _STATIC_PADDING_BIAS


def _branch_part(model: EarlyExitEncoder, exit: int) -> Part:
    branch = model.branches[str(exit)]
    name, dim = f"exit_{exit:02d}", model.config.dim
    if isinstance(branch, LinearBranch):
        return Part(name, _MaskFree(branch), _hidden_inputs(dim, with_mask=False))
    return Part(name, branch, _hidden_inputs(dim, with_mask=True))


def _feature_inputs(model: EarlyExitEncoder) -> Callable[[int], dict[str, Tensor]]:
    framing, width = model.framing, model.width

    def inputs(frames: int) -> dict[str, Tensor]:
        length = framing.longest(frames)
        return {"features": torch.zeros(1, length, width), "mask": torch.ones(1, length, 1)}

    return inputs


def _hidden_inputs(dim: int, with_mask: bool) -> Callable[[int], dict[str, Tensor]]:
    def inputs(frames: int) -> dict[str, Tensor]:
        x = {"x": torch.zeros(1, frames, dim)}
        return {**x, "mask": torch.ones(1, frames, 1)} if with_mask else x

    return inputs
