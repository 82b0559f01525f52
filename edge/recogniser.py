"""The recogniser: sound → text, with no more blocks than the policy asks for."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge import audio
from edge.audio import Samples
from edge.bundle import Bundle
from edge.calibration import OperatingPoint
from edge.delegate import Delegate
from edge.encoder import MEMORY_MB, Encoder
from edge.errors import AudioError
from edge.facts import level
from edge.inputs import fill, prepare
from edge.policy import FixedExit, Policy, check_exit
from edge.segments import Segment, cut
from edge.step import Step

SILENCE = 1.0 / (1 << 15)
"""The largest magnitude at which there is nothing to hear: one step of 16-bit sound."""


@dataclass(frozen=True)
class Result:
    """What was said in one piece of sound, and what it took to find out.

    `exit` is where it left and `blocks` how many blocks ran (0 for silence, for which none
    runs). `latency_s` holds features, front end, blocks, branches, scores and decoding; not
    reading the sound, nor `loading_s`: loading the files for a length that is not loaded.
    `score` is the policy's score at the exit, None for silence. `start_s` is where the piece
    began in its file.
    """

    text: str
    exit: int
    blocks: int
    duration_s: float
    latency_s: float
    score: float | None
    start_s: float = 0.0
    loading_s: float = 0.0


@dataclass(frozen=True)
class Transcript:
    """What was said in a file: one piece, or several if it was too long for the encoder."""

    pieces: tuple[Result, ...]

    @property
    def text(self) -> str:
        """The texts of the pieces, joined by a space."""
        return " ".join(piece.text for piece in self.pieces if piece.text)

    @property
    def exit(self) -> int:
        """The deepest exit of all pieces."""
        return max(piece.exit for piece in self.pieces)

    @property
    def blocks(self) -> float:
        """Blocks run: the mean of the pieces, weighted by their duration."""
        weighted = sum(piece.blocks * piece.duration_s for piece in self.pieces)
        return weighted / self.duration_s

    @property
    def duration_s(self) -> float:
        """Length of the sound in seconds."""
        return sum(piece.duration_s for piece in self.pieces)

    @property
    def latency_s(self) -> float:
        """Seconds of all pieces together."""
        return sum(piece.latency_s for piece in self.pieces)

    @property
    def loading_s(self) -> float:
        """Seconds spent on loading files, which are not in the latency."""
        return sum(piece.loading_s for piece in self.pieces)

    @property
    def score(self) -> float | None:
        """The mean of the pieces that have one, weighted by their duration."""
        scored = [
            (piece.score, piece.duration_s) for piece in self.pieces if piece.score is not None
        ]
        if not scored:
            return None
        return sum(score * weight for score, weight in scored) / sum(w for _, w in scored)


class Recogniser:
    """Recognises one utterance after another; none depends on those before it.

    Args:
        bundle: what to run.
        policy: where to leave: an operating point of the bundle's calibration or a policy of
            one's own; by default the last exit.
        threads: of the interpreter.
        memory_mb: as in `Encoder`: more memory for less loading.
        delegate: as in `Encoder`: what runs on an accelerator.

    Raises:
        UsageError: the policy leaves at an exit that the bundle does not have.
    """

    def __init__(
        self,
        bundle: Bundle,
        policy: Policy | OperatingPoint | None = None,
        threads: int = 1,
        memory_mb: float = MEMORY_MB,
        delegate: Delegate | None = None,
    ) -> None:
        if policy is None:
            policy = FixedExit(bundle.exits[-1], bundle.exits)
        elif isinstance(policy, OperatingPoint):
            policy = policy.policy(bundle.exits)
        check_exit(policy.deepest, bundle.exits)
        self.bundle = bundle
        self.policy = policy
        self.encoder = Encoder(
            bundle, threads, deepest=policy.deepest, memory_mb=memory_mb, delegate=delegate
        )

    def transcribe(self, samples: Samples, start_s: float = 0.0) -> Result:
        """Recognise one piece of sound.

        Args:
            samples: f32[n], mono, at the bundle's sample rate, no longer than its largest bucket.
            start_s: where it began in its file; goes into the result.

        Raises:
            AudioError: there are no samples, too many, or some are not finite.
        """
        rate = self.bundle.manifest.sample_rate
        if samples.ndim != 1 or not len(samples):
            raise AudioError(f"there is no sound in samples of shape {list(samples.shape)}")
        duration = len(samples) / rate
        loudest = float(np.abs(samples).max())
        if not math.isfinite(loudest):
            raise AudioError("the samples hold NaN or infinite values")
        if loudest <= SILENCE:
            return Result("", 0, 0, duration, 0.0, None, start_s)

        begin, loaded = time.perf_counter(), self.encoder.loading_s
        blocks_before = self.encoder.blocks_run
        step = self._leave(samples)
        text = self.bundle.tokens.text(step.symbols)
        loading = self.encoder.loading_s - loaded
        latency = time.perf_counter() - begin - loading
        return Result(
            text=text,
            exit=step.exit,
            blocks=self.encoder.blocks_run - blocks_before,
            duration_s=duration,
            latency_s=latency,
            score=step.score(self.policy.score),
            start_s=start_s,
            loading_s=loading,
        )

    def transcribe_file(self, path: Path | str) -> Transcript:
        """Recognise a sound file of any length; what is too long is cut at its pauses.

        Raises:
            AudioError: the file cannot be read, or holds no sound.
        """
        return Transcript(
            tuple(self.transcribe(piece.samples, piece.start_s) for piece in self._pieces(path))
        )

    def _pieces(self, path: Path | str) -> Iterator[Segment]:
        manifest = self.bundle.manifest
        chunks = audio.stream(path, manifest.sample_rate)
        return cut(chunks, manifest.sample_rate, manifest.longest_s)

    def _leave(self, samples: Samples) -> Step:
        """Run exit after exit until the policy leaves."""
        manifest = self.bundle.manifest
        samples = fill(samples, manifest.shortest)
        features = prepare(samples, manifest.features)
        for step in self.encoder.exits(features, level=level(samples)):
            if self.policy.leaves(step):
                break
        return step
