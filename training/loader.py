"""Batches of similar length, augmented anew in every epoch, the same for the same seed."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from training.augment import Augmenter
from training.settings import DataSettings
from training.sounds import SoundStore

Example = TypeVar("Example")
BatchKind = TypeVar("BatchKind")

Item = tuple[int, int]
"""Position among the usable utterances, and the seed of the augmentation."""


class Batch(NamedTuple):
    """Features f32[B, T, width] and targets i64[B, L], zero-padded, with true lengths i64[B]."""

    features: Tensor
    lengths: Tensor
    targets: Tensor
    target_lengths: Tensor


class Examples(Dataset[tuple[Tensor, Tensor]]):
    """Augmented features and symbol ids of those utterances whose positions are `usable`."""

    def __init__(
        self,
        sounds: SoundStore,
        targets: Sequence[list[int]],
        usable: Sequence[int],
        augmenter: Augmenter,
    ) -> None:
        self.sounds, self.targets, self.usable = sounds, targets, usable
        self.augmenter = augmenter

    def __getitem__(self, item: Item) -> tuple[Tensor, Tensor]:
        position, seed = item
        index = self.usable[position]
        rng = np.random.default_rng(seed)
        frames = self.augmenter.frames(self.sounds.samples(index), rng)
        return torch.from_numpy(frames), torch.tensor(self.targets[index])


def collate(examples: list[tuple[Tensor, Tensor]]) -> Batch:
    """Pad a list of (frames, targets) into one batch."""
    pad = torch.nn.utils.rnn.pad_sequence
    frames, targets = zip(*examples, strict=True)
    return Batch(
        features=pad(list(frames), batch_first=True),
        lengths=torch.tensor([len(part) for part in frames]),
        targets=pad(list(targets), batch_first=True),
        target_lengths=torch.tensor([len(part) for part in targets]),
    )


class LengthBatches(Sampler[list[Item]]):
    """Endless batches of about `batch_s` seconds, of utterances of similar length.

    An epoch draws each utterance as often as its corpus weighs (a fraction by chance). With
    `short_first` the first epoch goes from short to long, which lets CTC find its alignments; all
    others are shuffled. Everything derives from `seed`, so that a resumed run skips to where it
    stopped.
    """

    def __init__(
        self,
        durations: Sequence[float],
        corpora: Sequence[str],
        settings: DataSettings,
        seed: int,
        short_first: bool = True,
    ) -> None:
        """Batch utterances of these `durations` in seconds, and the corpus that each is from."""
        super().__init__()
        self.settings, self.seed, self.short_first = settings, seed, short_first
        self.durations = np.array(durations)
        self.weights = np.array([settings.weights.get(corpus, 1.0) for corpus in corpora])

    def __iter__(self) -> Iterator[list[Item]]:
        epoch = 0
        while True:
            yield from self._epoch(epoch)
            epoch += 1

    def _epoch(self, epoch: int) -> Iterator[list[Item]]:
        rng = np.random.default_rng([self.seed, epoch])
        copies = np.floor(self.weights + rng.random(len(self.weights))).astype(int)
        drawn = np.repeat(np.arange(len(copies)), copies)
        blurred = self.durations[drawn] * rng.uniform(0.95, 1.05, len(drawn))
        batches = self._cut(drawn[np.argsort(blurred)])
        if epoch > 0 or not self.short_first:
            batches = [batches[index] for index in rng.permutation(len(batches))]
        for batch in batches:
            seeds = rng.integers(2**31, size=len(batch))
            yield [(int(index), int(seed)) for index, seed in zip(batch, seeds, strict=True)]

    def _cut(self, ordered: np.ndarray) -> list[list[int]]:
        batches: list[list[int]] = []
        batch: list[int] = []
        for index in ordered:
            # Ordered by length, so the newest is about the longest and sets the padded size.
            if batch and (len(batch) + 1) * self.durations[index] > self.settings.batch_s:
                batches.append(batch)
                batch = []
            batch.append(int(index))
        return [*batches, batch] if batch else batches


def make_loader(
    examples: Dataset[Example],
    batches: LengthBatches,
    collate: Callable[[list[Example]], BatchKind],
    workers: int,
) -> "DataLoader[Example]":
    """Return what loads `batches` of `examples`, in so many processes beside this one."""
    return DataLoader(
        examples,
        batch_sampler=batches,
        collate_fn=collate,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
        worker_init_fn=_one_thread,
    )


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
