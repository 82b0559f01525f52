"""What conversion cost: the bundle as it will run, against the float encoder that it came from."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import Levenshtein

from boards.errors import GateError
from convert.export import signature
from convert.trace import Array, Trace, smallest_bucket, trace
from edge.bundle import Bundle
from edge.decode import greedy
from edge.encoder import Encoder
from edge.interpreter import Runner
from edge.scores import entropy_nats
from training.checkpoint import Checkpoint

QUALITY = "quality.json"
FLIP_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartQuality(_Section):
    """SQNR in dB: `alone` on the float encoder's input, `chained` after all converted parts."""

    alone_db: float
    chained_db: float


class ExitQuality(_Section):
    """How an exit's output differs from the float encoder's.

    `same_text` is the share of utterances with the same text, `word_difference` the WER of the
    text against the float encoder's, in percent, `log_prob_difference` the largest absolute one.
    """

    same_text: float
    word_difference: float
    log_prob_difference: float


class Flips(_Section):
    """Share of utterances that leave at another exit than by the float encoder's scores.

    One threshold on `score` for each of `quantiles` of the float encoder's scores at all exits.
    """

    score: str = "entropy_nats"
    quantiles: tuple[float, ...] = FLIP_QUANTILES
    thresholds: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean share over the thresholds."""
        return sum(self.shares) / len(self.shares)


class Quality(_Section):
    """What `quality.json` holds. `blocks` and `exits` are counted in blocks run."""

    format: int = 1
    data: str
    utterances: int
    frontend: PartQuality
    blocks: dict[int, PartQuality]
    exits: dict[int, ExitQuality]
    flips: Flips


class Gate(_Section):
    """Limits that a conversion must keep: dB at the last block, share of exit flips."""

    min_sqnr_db: float | None = None
    max_flips: float | None = Field(None, ge=0, le=1)

    def check(self, quality: Quality) -> None:
        """Raise `GateError` if a limit is missed."""
        last = max(quality.blocks)
        chained = quality.blocks[last].chained_db
        hints = ("quality.json of a conversion without gates shows every block",)
        if self.min_sqnr_db is not None and chained < self.min_sqnr_db:
            raise GateError(
                f"the chained SQNR at block {last} is {chained:.1f} dB, "
                f"below --min-sqnr {self.min_sqnr_db:g}",
                *hints,
            )
        if self.max_flips is not None and quality.flips.mean > self.max_flips:
            raise GateError(
                f"{quality.flips.mean:.1%} of the exits flip, above --max-flips {self.max_flips:g}",
                *hints,
            )


class _Noise:
    """Adds up signal and noise power over utterances."""

    def __init__(self) -> None:
        self.signal = self.noise = 0.0

    def add(self, reference: Array, found: Array) -> None:
        self.signal += float(np.sum(np.square(reference, dtype=np.float64)))
        self.noise += float(np.sum(np.square(reference - found, dtype=np.float64)))

    @property
    def db(self) -> float:
        return round(10 * math.log10(self.signal / max(self.noise, 1e-30 * self.signal)), 2)


def measure(
    folder: Path,
    checkpoint: Checkpoint,
    features: Sequence[Array],
    data: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> Quality:
    """Run every part alone and all of them chained, on f32[T, width] of each utterance.

    Utterances longer than the largest bucket are left out.
    """
    bundle = Bundle.open(folder, verify=False)
    meter = _Meter(bundle)
    buckets = bundle.manifest.buckets
    for done, frames in enumerate(features, start=1):
        bucket = smallest_bucket(len(frames), buckets, bundle.manifest.framing)
        if bucket is not None and bundle.manifest.encoder_frames(len(frames)):
            meter.add(trace(checkpoint.model, frames, bucket), frames, bucket)
        if on_progress:
            on_progress(done, len(features))
    return meter.result(data)


class _Meter:
    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.encoder = bundle, Encoder(bundle)
        names = [bundle.manifest.frontend, *bundle.manifest.blocks]
        self.runners = {Path(name).stem: Runner(bundle.path / name) for name in names}
        self.alone = [_Noise() for _ in names]
        self.chained = [_Noise() for _ in names]
        self.texts: dict[int, list[tuple[str, str]]] = {exit: [] for exit in bundle.exits}
        self.gaps = dict.fromkeys(bundle.exits, 0.0)
        self.scores: list[tuple[list[float], list[float]]] = []

    def add(self, reference: Trace, features: Array, bucket: int) -> None:
        real = slice(0, reference.frames)
        x = reference.features
        for index, (name, runner) in enumerate(self.runners.items()):
            inputs = reference.inputs_of(name)
            wanted = reference.hidden[index][0, real]
            alone = runner.run(signature(bucket), *inputs.values())
            self.alone[index].add(wanted, alone[0, real])
            x = runner.run(signature(bucket), x, inputs["mask"])
            self.chained[index].add(wanted, x[0, real])
        self._add_exits(reference, features, bucket)

    def _add_exits(self, reference: Trace, features: Array, bucket: int) -> None:
        tokens = self.bundle.tokens
        float_scores, scores = [], []
        for step in self.encoder.exits(features, bucket):
            wanted = reference.log_probs[step.exit]
            self.texts[step.exit].append((greedy(wanted, tokens), greedy(step.log_probs, tokens)))
            gap = float(np.abs(step.log_probs - wanted).max())
            self.gaps[step.exit] = max(self.gaps[step.exit], gap)
            float_scores.append(entropy_nats(wanted))
            scores.append(entropy_nats(step.log_probs))
        self.scores.append((float_scores, scores))

    def result(self, data: str) -> Quality:
        parts = [
            PartQuality(alone_db=alone.db, chained_db=chained.db)
            for alone, chained in zip(self.alone, self.chained, strict=True)
        ]
        return Quality(
            data=data,
            utterances=len(self.scores),
            frontend=parts[0],
            blocks=dict(enumerate(parts[1:], start=1)),
            exits={exit: _exit_quality(self.texts[exit], self.gaps[exit]) for exit in self.texts},
            flips=count_flips(self.scores),
        )


def _exit_quality(texts: list[tuple[str, str]], gap: float) -> ExitQuality:
    same = sum(wanted == found for wanted, found in texts) / len(texts)
    words = sum(len(wanted.split()) for wanted, _ in texts)
    edits = sum(Levenshtein.distance(wanted.split(), found.split()) for wanted, found in texts)
    return ExitQuality(
        same_text=round(same, 4),
        word_difference=round(100 * edits / max(1, words), 3),
        log_prob_difference=round(gap, 6),
    )


def count_flips(scores: list[tuple[list[float], list[float]]]) -> Flips:
    """Compare the exits taken by float scores and by the bundle's, for several thresholds.

    Args:
        scores: per utterance, the entropies in nats at every exit: float encoder's, bundle's.
    """
    pairs = np.array(scores)
    thresholds = np.quantile(pairs[:, 0], FLIP_QUANTILES)
    shares = [
        float(np.mean(_leaving(pairs[:, 0], limit) != _leaving(pairs[:, 1], limit)))
        for limit in thresholds
    ]
    return Flips(
        thresholds=tuple(round(float(limit), 6) for limit in thresholds),
        shares=tuple(round(share, 4) for share in shares),
    )


def _leaving(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Index of the first exit at or under the threshold, else of the last."""
    sure = scores <= threshold
    sure[:, -1] = True
    first: np.ndarray = sure.argmax(axis=1)
    return first
