"""Run one utterance to its last exit, as the recogniser does, only that nobody leaves."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.table import Floats
from edge import audio
from edge.audio import Samples
from edge.bundle import Bundle
from edge.decode import greedy
from edge.encoder import Encoder
from edge.facts import level
from edge.inputs import fill, prepare
from edge.manifest import Manifest
from edge.recogniser import SILENCE
from edge.scores import SCORES, UNIT_ENTROPY, UNSEEN_NGRAMS
from edge.segments import cut
from edge.signs import SIGNS
from edge.step import Step

SCORE = "entropy_nats"
"""The score whose computing is part of what a branch costs; a device computes one."""

AS_CHEAP = (
    "entropy_per_symbol",
    "entropy_normalised",
    "nonblank_entropy_nats",
    "nonblank_entropy_per_symbol",
    "nonblank_entropy_normalised",
    "mean_max_probability",
    "low_decile_max_probability",
    "mean_margin",
    "entropy_drop",
)
"""Scores that are computed as fast as that one, in its place."""


def columns(manifest: Manifest) -> tuple[str, ...]:
    """Return the scores and signs that a bundle's exits have: what the table holds of each."""
    lacking = set()
    if not manifest.unit_branches:
        lacking.add(UNIT_ENTROPY)
    if manifest.ngrams is None:
        lacking.add(UNSEEN_NGRAMS)
    return tuple(name for name in (*SCORES, *SIGNS) if name not in lacking)


def dearer(manifest: Manifest) -> tuple[str, ...]:
    """Return the scores that cost something beside a branch and a score like `SCORE`."""
    return tuple(
        name for name in columns(manifest) if name in SCORES and name not in (SCORE, *AS_CHEAP)
    )


Estimates = Mapping[int, Floats]
"""By length in encoder frames: [E, 2] seconds from the exit before, and of branch and score."""


@dataclass(frozen=True, eq=False)
class RunThrough:
    """What every exit said of one utterance, and what it took. Arrays are [E], costs in seconds.

    `cost_blocks` is features, front end, blocks up to the exit, and decoding there; `cost_branch`
    the exit's branch and score. `scores` are the scores and signs of `columns`; `score_cost` is
    what each of `dearer` takes beside.
    """

    duration_s: float
    cost_blocks: Floats
    cost_branch: Floats
    scores: dict[str, Floats]
    score_cost: dict[str, Floats]
    texts: list[str]


class Runner:
    """Runs utterances through a bundle, each several times; the median of each stage is kept.

    So one disturbance of the machine does not count. Neither does the first use of a length.
    With `estimates` nothing is timed: they say what each length takes, on another board.
    """

    def __init__(
        self, bundle: Bundle, threads: int, repeats: int, estimates: Estimates | None = None
    ) -> None:
        self._bundle = bundle
        self._estimates = estimates
        self._encoder = Encoder(bundle, threads, memory_mb=math.inf)
        self._repeats = repeats

    def run(self, path: Path) -> RunThrough | None:
        """Run a sound file; return None if it is silent, for which no block is run.

        Sound that is longer than the largest bucket is run in pieces: texts are joined, costs
        added, and scores averaged by duration.

        Raises:
            AudioError: it cannot be read, or holds no sound.
        """
        manifest = self._bundle.manifest
        chunks = audio.stream(path, manifest.sample_rate)
        pieces = [
            self._run_piece(piece.samples)
            for piece in cut(chunks, manifest.sample_rate, manifest.longest_s)
            if np.abs(piece.samples).max() > SILENCE
        ]
        return _joined(pieces) if pieces else None

    def _run_piece(self, samples: Samples) -> RunThrough:
        if self._estimates is not None:
            steps, _ = self._timed(samples)
            return self._kept(samples, steps, self._estimated(steps[0].frames))
        timings: list[Floats] = []
        while len(timings) < self._repeats:
            loaded = self._encoder.loading_s
            steps, seconds = self._timed(samples)
            if self._encoder.loading_s == loaded:
                timings.append(seconds)
        return self._kept(samples, steps, np.median(timings, axis=0))

    def _estimated(self, frames: int) -> Floats:
        """Return what `_timed` returns of times, for another board: decoding counts as free."""
        assert self._estimates is not None
        bucket = next(length for length in sorted(self._estimates) if length >= frames)
        estimate = self._estimates[bucket]
        return np.column_stack([estimate, np.zeros(len(estimate))])

    def _kept(self, samples: Samples, steps: list[Step], seconds: Floats) -> RunThrough:
        to_here, branch, decoding = seconds.T
        # What a score takes on another board is not known, and counts as free there.
        measured = self._estimates is None
        return RunThrough(
            duration_s=len(samples) / self._bundle.manifest.sample_rate,
            cost_blocks=np.cumsum(to_here) + decoding,
            cost_branch=branch,
            score_cost={
                name: np.array([_seconds(step, name) if measured else 0.0 for step in steps])
                for name in dearer(self._bundle.manifest)
            },
            scores={
                name: np.array([step.score(name) for step in steps])
                for name in columns(self._bundle.manifest)
            },
            texts=[greedy(step.log_probs, self._bundle.tokens) for step in steps],
        )

    def _timed(self, samples: Samples) -> tuple[list[Step], Floats]:
        """Return all exits, and [E, 3] seconds: from the exit before, branch and score, text."""
        steps: list[Step] = []
        seconds: list[tuple[float, float, float]] = []
        begin = time.perf_counter()
        manifest = self._bundle.manifest
        features = prepare(fill(samples, manifest.shortest), manifest.features)
        for step in self._encoder.exits(features, level=level(samples)):
            reached = time.perf_counter()
            step.score(SCORE)
            scored = time.perf_counter()
            greedy(step.log_probs, self._bundle.tokens)
            decoded = time.perf_counter()
            steps.append(step)
            seconds.append((reached - begin, scored - reached, decoded - scored))
            begin = time.perf_counter()
        return steps, np.array(seconds)


def _seconds(step: Step, name: str) -> float:
    """Return how long it takes to compute a score that was not asked for before."""
    begin = time.perf_counter()
    step.score(name)
    return time.perf_counter() - begin


def _joined(pieces: list[RunThrough]) -> RunThrough:
    durations = np.array([piece.duration_s for piece in pieces])
    return RunThrough(
        duration_s=float(durations.sum()),
        cost_blocks=np.sum([piece.cost_blocks for piece in pieces], axis=0),
        cost_branch=np.sum([piece.cost_branch for piece in pieces], axis=0),
        scores={
            name: np.average([piece.scores[name] for piece in pieces], axis=0, weights=durations)
            for name in pieces[0].scores
        },
        score_cost={
            name: np.sum([piece.score_cost[name] for piece in pieces], axis=0)
            for name in pieces[0].score_cost
        },
        texts=[
            " ".join(text for text in texts if text)
            for texts in zip(*(piece.texts for piece in pieces), strict=True)
        ],
    )
