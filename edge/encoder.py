"""The encoder: a generator that runs blocks only when the next exit is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from boards.errors import UsageError
from edge.bundle import Bundle
from edge.errors import AudioError
from edge.facts import Facts
from edge.features import Frames
from edge.interpreter import Runner
from edge.library import Tensor
from edge.step import Step


class Encoder:
    """Runs a bundle's front end, blocks and branches.

    Args:
        bundle: whose files are loaded when they are first needed, and not before.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.
        keep_all: keep every length that was used loaded, and not only the last one. For 4 million
            parameters in 12 blocks and lengths up to 16 s it takes 250 MB more, and saves some
            15 ms (one thread of an EPYC) whenever the length changes.

    `frontend`, `blocks` (in order) and `branches` (by exit) count their own calls and time.
    """

    def __init__(
        self,
        bundle: Bundle,
        threads: int = 1,
        reference: bool = False,
        keep_all: bool = False,
    ) -> None:
        self.manifest = bundle.manifest
        self._keep_all = keep_all
        self._loaded: int | None = None

        def runner(name: str) -> Runner:
            return Runner(bundle.path / name, threads, reference)

        self.frontend = runner(self.manifest.frontend)
        self.blocks = tuple(runner(name) for name in self.manifest.blocks)
        self.branches = {exit: runner(name) for exit, name in self.manifest.exits.items()}

    @property
    def blocks_run(self) -> int:
        """How many blocks were run since the encoder was made."""
        return sum(block.calls for block in self.blocks)

    @property
    def loading_s(self) -> float:
        """Seconds spent so far on loading files: packing weights and planning memory."""
        return sum(runner.loading_s for runner in self._runners())

    def exits(
        self, features: Frames, bucket: int | None = None, level: float | None = None
    ) -> Iterator[Step]:
        """Run the encoder lazily: each exit's blocks run when it is asked for.

        To leave early is to ask no more; to go deeper later is to ask once more.

        Args:
            features: f32[T, n_mels], as `edge.features.log_mel` makes them, T ≥ 1.
            bucket: the length to run at, in encoder frames; by default the smallest that holds
                the features. It changes the cost, and no result beyond rounding.
            level: of the sound (`edge.facts.level`), for learnt scores that read it.

        Yields:
            Each exit, from the shallowest to the deepest.

        Raises:
            AudioError: at the call, if no bucket, or not this one, holds the features, or they
                are not finite.
            UsageError: at the call, if there is no such bucket.
        """
        settings = self.manifest.features
        if features.ndim != 2 or not len(features) or features.shape[1] != settings.n_mels:
            raise AudioError(
                f"the encoder takes features of shape [frames, {settings.n_mels}], "
                f"not {list(features.shape)}"
            )
        # int8 arithmetic would make a number of NaN, and nobody would notice.
        if not np.isfinite(features).all():
            raise AudioError("the features hold NaN or infinite values", "check the sound")
        frames = self.manifest.encoder_frames(len(features))
        facts = Facts.of(features, settings, level)
        return self._run(features, frames, self._bucket(frames, bucket), facts)

    def _bucket(self, frames: int, wanted: int | None) -> int:
        buckets = self.manifest.buckets
        if wanted is None:
            wanted = next((bucket for bucket in buckets if bucket >= frames), buckets[-1])
        elif wanted not in buckets:
            raise UsageError(
                f"the bundle was not exported for {wanted} frames",
                f"lengths that it was exported for: {', '.join(map(str, buckets))}",
            )
        if wanted < frames:
            raise AudioError(
                f"sound of {frames} encoder frames does not fit in {wanted}",
                f"cut it into pieces of at most {self.manifest.longest_s:g} s, "
                "as Recogniser.transcribe_file does",
            )
        return wanted

    def _run(self, features: Frames, frames: int, bucket: int, facts: Facts) -> Iterator[Step]:
        self._load_only(bucket)
        signature = _signature(bucket)
        padded = np.zeros((1, bucket * self.manifest.subsampling, features.shape[1]), np.float32)
        padded[0, : len(features)] = features
        hidden = self.frontend.run(signature, padded, _mask(len(features), padded.shape[1]))
        mask = _mask(frames, bucket)
        step = None
        for depth, block in enumerate(self.blocks, start=1):
            hidden = block.run(signature, hidden, mask)
            if depth in self.branches:
                step = Step(depth, frames, hidden, mask, self.branches[depth], facts, step)
                yield step

    def _load_only(self, bucket: int) -> None:
        """Release the length that was used before, if it is another one."""
        if self._loaded not in (None, bucket) and not self._keep_all:
            for runner in self._runners():
                runner.release(_signature(self._loaded))
        self._loaded = bucket

    def _runners(self) -> tuple[Runner, ...]:
        return self.frontend, *self.blocks, *self.branches.values()


def _signature(bucket: int) -> str:
    return f"t{bucket}"


def _mask(real: int, length: int) -> Tensor:
    """Return f32[1, length, 1]: 1 for the real frames, 0 for padding."""
    mask = np.zeros((1, length, 1), np.float32)
    mask[:, :real] = 1.0
    return mask
