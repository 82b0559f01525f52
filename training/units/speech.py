"""Crops of sound with their units and the frames to hide."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from edge.inputs import prepare
from training.augment import low_pass
from training.loader import Item
from training.sounds import SoundStore
from training.units.labels import UnitStore
from training.units.masking import draw_spans
from training.units.recipe import UnitsRecipe

_LOWEST_PASS_HZ = 3_000.0

Crop = tuple[Tensor, Tensor, Tensor]
"""Features f32[n, 1], units i64[N] and hidden bool[N] of a stretch of sound."""


class UnitBatch(NamedTuple):
    """Features f32[B, n, 1], zero-padded, with true lengths i64[B].

    `units` i64[B, N] and `hidden` bool[B, N] are of the encoder's frames, 0 and false where
    padded.
    """

    features: Tensor
    lengths: Tensor
    units: Tensor
    hidden: Tensor


class Crops(Dataset[Crop]):
    """Random stretches of those sounds whose positions are `usable`, no longer than the recipe's.

    An item's seed decides everything about it.
    """

    def __init__(
        self, sounds: SoundStore, units: UnitStore, usable: Sequence[int], recipe: UnitsRecipe
    ) -> None:
        self.sounds, self.units, self.usable, self.recipe = sounds, units, usable, recipe

    def __getitem__(self, item: Item) -> Crop:
        position, seed = item
        index = self.usable[position]
        rng = np.random.default_rng(seed)
        framing, settings = self.recipe.encoder.framing, self.recipe.features
        samples, units = self.sounds.samples(index), self.units[index]
        frames = min(len(units), self.recipe.crop_frames)
        start = int(rng.integers(len(units) - frames + 1))
        first = start * framing.hop
        samples = samples[first : first + framing.window + (frames - 1) * framing.hop]
        if rng.random() < self.recipe.low_pass_chance:
            highest = settings.sample_rate / 2
            samples = low_pass(samples, rng.uniform(_LOWEST_PASS_HZ, highest) / highest)
        return (
            torch.from_numpy(prepare(samples, settings)),
            torch.from_numpy(units[start : start + frames]),
            torch.from_numpy(draw_spans(frames, self.recipe.mask, rng)),
        )


def collate_units(crops: list[Crop]) -> UnitBatch:
    """Pad a list of crops into one batch."""
    pad = torch.nn.utils.rnn.pad_sequence
    features, units, hidden = zip(*crops, strict=True)
    return UnitBatch(
        features=pad(list(features), batch_first=True),
        lengths=torch.tensor([len(crop) for crop in features]),
        units=pad(list(units), batch_first=True),
        hidden=pad(list(hidden), batch_first=True),
    )
