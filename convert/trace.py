"""What the float encoder computes for one utterance: the reference for everything converted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from convert.ranges import count, least_error
from convert.recipes import OUTPUT, Inputs, Ranges
from edge.framing import Framing
from training.encoder import EarlyExitEncoder

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trace:
    """The tensors of one utterance in one bucket of N frames, of which `frames` are real.

    `features` f32[1, T, width] and `feature_mask` [1, T, 1], T as many as make N;
    `hidden[k]` f32[1, N, dim] is what block k puts out, `hidden[0]` what the front end does;
    `mask` [1, N, 1];
    `log_probs` f32[frames, V] by exit.
    """

    frames: int
    features: Array
    feature_mask: Array
    mask: Array
    hidden: list[Array]
    log_probs: dict[int, Array]

    def inputs_of(self, part: str) -> Inputs:
        """Return the inputs that the part called `part` gets in this utterance."""
        if part == "frontend":
            return {"features": self.features, "mask": self.feature_mask}
        kind, _, depth = part.partition("_")
        entering = int(depth) - 1 if kind == "block" else int(depth)
        return {"x": self.hidden[entering], "mask": self.mask}

    def output_of(self, part: str) -> Array:
        """Return what a front end or block called `part` puts out for the real frames."""
        depth = 0 if part == "frontend" else int(part.partition("_")[2])
        return self.hidden[depth][:, : self.frames]


def border_ranges(traces: Iterable[Trace], part: str) -> Ranges:
    """Return the ranges of what the part called `part` takes and puts out, over all traces.

    Neighbours get the same range for what passes between them: that of least error. What a branch
    puts out passes to none, and is left to be found.
    """
    seen: dict[str, list[Array]] = {}
    for trace in traces:
        for name, values in trace.inputs_of(part).items():
            # What lies in padding is of no use to anyone, and would widen the range.
            real = trace.frames if name == "x" else None
            seen.setdefault(name, []).append(values[:, :real])
        if part.startswith(("frontend", "block")):
            seen.setdefault(OUTPUT, []).append(trace.output_of(part))
    ranges = {name: _least_error(each) for name, each in seen.items()}
    return {**ranges, "mask": (0.0, 1.0)}


def _least_error(arrays: Sequence[Array]) -> tuple[float, float]:
    whole = min(float(each.min()) for each in arrays), max(float(each.max()) for each in arrays)
    return least_error(count(arrays, whole), whole)


@torch.no_grad()
def trace(model: EarlyExitEncoder, features: Array, bucket: int) -> Trace:
    """Run f32[T, width] features through `model`, padded to `bucket` encoder frames."""
    length = model.framing.longest(bucket)
    padded = np.zeros((1, length, features.shape[1]), np.float32)
    padded[0, : len(features)] = features
    feature_mask = torch.zeros(1, length, 1)
    feature_mask[:, : len(features)] = 1.0
    mask = model.frame_mask(feature_mask)
    frames = int(mask.sum())
    x = model.frontend(torch.from_numpy(padded), feature_mask)
    hidden = [x.numpy()]
    log_probs = {}
    for depth, block in enumerate(model.blocks, start=1):
        x = block(x, mask)
        hidden.append(x.numpy())
        if depth in model.config.exits:
            logits = model.branches[str(depth)](x, mask)[0, :frames]
            log_probs[depth] = logits.log_softmax(-1).numpy()
    return Trace(
        frames=frames,
        features=padded,
        feature_mask=feature_mask.numpy(),
        mask=mask.contiguous().numpy(),
        hidden=hidden,
        log_probs=log_probs,
    )


def smallest_bucket(feature_frames: int, buckets: Sequence[int], framing: Framing) -> int | None:
    """Return the smallest bucket that holds so many feature frames, None if none does."""
    frames = framing.frames(feature_frames)
    return next((bucket for bucket in buckets if frames <= bucket), None)


def bucket_samples(
    model: EarlyExitEncoder, features: Sequence[Array], buckets: Sequence[int], each: int = 8
) -> dict[int, list[Trace]]:
    """Trace for every bucket up to `each` of the longest utterances that it holds."""
    samples: dict[int, list[Trace]] = {}
    for bucket in buckets:
        fitting = [f for f in features if 0 < model.framing.frames(len(f)) <= bucket]
        longest = sorted(fitting, key=len, reverse=True)[:each]
        samples[bucket] = [trace(model, frames, bucket) for frames in longest]
    return samples


def spread_samples(
    model: EarlyExitEncoder, features: Sequence[Array], buckets: Sequence[int], each: int = 24
) -> dict[int, list[Trace]]:
    """Trace for every bucket up to `each` of the utterances that run in it, short and long.

    What a bucket's padding holds is real frames over again: ranges need not hold what is of no use
    to anyone. A bucket in which none of them runs gets those that fit.
    """
    counted = sorted(
        ((model.framing.frames(len(f)), f) for f in features), key=lambda pair: pair[0]
    )
    samples: dict[int, list[Trace]] = {}
    for before, bucket in zip((0, *buckets), buckets, strict=False):
        fitting = [(frames, f) for frames, f in counted if 0 < frames <= bucket]
        running = [(frames, f) for frames, f in fitting if frames > before] or fitting
        step = max(1.0, len(running) / each)
        chosen = [running[int(i * step)][1] for i in range(min(each, len(running)))]
        samples[bucket] = [_filled(trace(model, f, bucket)) for f in chosen]
    return samples


def _filled(found: Trace) -> Trace:
    """Return the trace with its frames repeated where padding was."""
    places = np.arange(found.mask.shape[1]) % found.frames
    return replace(found, hidden=[hidden[:, places] for hidden in found.hidden])
