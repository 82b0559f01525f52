"""Units: every frame of the speech gets the name of the nearest of a few hundred centres."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from sklearn.cluster import MiniBatchKMeans
from torch import Tensor
from torch.nn import functional as F

from edge.features import Frames, Samples
from edge.framing import Framing
from edge.inputs import InputSettings, prepare
from training.encoder import EarlyExitEncoder
from training.sounds import SoundStore
from training.units.mfcc import HOP_S, mfcc

Labels = npt.NDArray[np.int64]
Naming = Callable[[Frames], Labels]
Progress = Callable[[int, int], None]


class Described(Protocol):
    """What describes a sound by f32[N, D], a row for each encoder frame."""

    def __call__(self, samples: Samples) -> Frames:
        """Describe f32[n] samples."""
        ...


class ByMfcc:
    """Describes an encoder frame by the MFCC of the 10 ms at its middle."""

    def __init__(self, framing: Framing, sample_rate: int) -> None:
        self.framing, self.hop = framing, HOP_S * sample_rate

    def __call__(self, samples: Samples) -> Frames:
        """Describe f32[n] samples."""
        coefficients = mfcc(samples)
        middles = np.arange(self.framing.frames(len(samples))) * self.framing.hop
        nearest = np.floor((middles + self.framing.window / 2) / self.hop).astype(int)
        described: Frames = coefficients[np.minimum(nearest, len(coefficients) - 1)]
        return described


class ByBlock:
    """Describes a frame by what a block of an encoder puts out, normalised."""

    def __init__(self, model: EarlyExitEncoder, settings: InputSettings, block: int) -> None:
        self.model, self.settings, self.block = model.eval(), settings, block

    @torch.no_grad()
    def __call__(self, samples: Samples) -> Frames:
        """Describe f32[n] samples."""
        x, _ = run_blocks(self.model, prepare(samples, self.settings), self.block)
        # The sums of a pre-norm encoder have a few large features, which would decide alone.
        normed: Tensor = F.layer_norm(x[0].float(), x.shape[-1:])
        return normed.numpy()


class ByBranch:
    """Describes a frame by the logits of the last exit: its unit is the likeliest."""

    def __init__(self, model: EarlyExitEncoder, settings: InputSettings) -> None:
        self.model, self.settings = model.eval(), settings

    @torch.no_grad()
    def __call__(self, samples: Samples) -> Frames:
        """Describe f32[n] samples."""
        last = len(self.model.blocks)
        x, mask = run_blocks(self.model, prepare(samples, self.settings), last)
        logits: Tensor = self.model.branches[str(last)](x, mask)
        return logits[0].float().numpy()


def run_blocks(model: EarlyExitEncoder, features: Frames, blocks: int) -> tuple[Tensor, Tensor]:
    """Run f32[T, width] through so many blocks; returns f32[1, N, dim] and the mask [1, N, 1]."""
    mask = torch.ones(1, len(features), 1)
    x = model.frontend(torch.from_numpy(features)[None], mask)
    mask = model.frame_mask(mask)
    for block in model.blocks[:blocks]:
        x = block(x, mask)
    return x, mask


def find_centres(
    sounds: SoundStore, describe: Described, clusters: int, frames: int, seed: int
) -> Frames:
    """Return f32[clusters, D], the centres of about so many frames of sounds drawn at random."""
    order = np.random.default_rng(seed).permutation(len(sounds))
    drawn: list[Frames] = []
    total = 0
    for index in order:
        drawn.append(describe(sounds.samples(int(index))))
        total += len(drawn[-1])
        if total >= frames:
            break
    means = MiniBatchKMeans(clusters, batch_size=10_000, n_init=5, random_state=seed)
    centres: Frames = means.fit(np.concatenate(drawn)).cluster_centers_.astype(np.float32)
    return centres


def nearest(centres: Frames) -> Naming:
    """Return what names each row of f32[N, D] by the index of the centre nearest to it."""
    # |x − c|² = |x|² − 2 x·c + |c|², of which |x|² is the same for all centres.
    sizes = np.square(centres).sum(axis=1)

    def name(rows: Frames) -> Labels:
        labels: Labels = (sizes - 2 * rows @ centres.T).argmin(axis=1)
        return labels

    return name


def likeliest(logits: Frames) -> Labels:
    """Return i64[N], the greatest of each row of f32[N, units]."""
    labels: Labels = logits.argmax(axis=1)
    return labels


class UnitStore:
    """The units of a list of sounds, worked out once and kept in a file.

    `name` turns what describes a sound into its units.
    """

    def __init__(
        self,
        path: Path,
        sounds: SoundStore,
        describe: Described,
        name: Naming,
        on_progress: Progress | None = None,
    ) -> None:
        if not path.exists():
            rows = _labels(sounds, describe, name, on_progress)
            ends = np.cumsum([len(row) for row in rows])
            partial = path.with_name(f"partial-{path.name}")
            np.savez(partial, labels=np.concatenate(rows).astype(np.int16), ends=ends)
            partial.replace(path)
        with np.load(path) as kept:
            self._labels, self._ends = kept["labels"], kept["ends"]

    def __getitem__(self, index: int) -> Labels:
        start = self._ends[index - 1] if index else 0
        labels: Labels = self._labels[start : self._ends[index]].astype(np.int64)
        return labels


def _labels(
    sounds: SoundStore, describe: Described, name: Naming, on_progress: Progress | None
) -> Sequence[Labels]:
    rows = []
    for index in range(len(sounds)):
        rows.append(name(describe(sounds.samples(index))))
        if on_progress:
            on_progress(index + 1, len(sounds))
    return rows
