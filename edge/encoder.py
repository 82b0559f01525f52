"""The encoder: a generator that runs blocks only when the next exit is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from boards.errors import UsageError
from edge.accelerated import Accelerator
from edge.bundle import Bundle
from edge.delegate import Delegate
from edge.errors import AudioError
from edge.facts import Facts
from edge.features import Frames
from edge.interpreter import Group, Runner
from edge.library import Tensor
from edge.memory import Memory
from edge.step import Step

MEMORY_MB = 100.0
"""What loaded lengths may take, so that `eedge run` stays under 200 MB in all."""

_TOGETHER = {"cpu"}
"""Targets for which parts run in one interpreter. What is compiled for an accelerator does not:
each file has the accelerator's delegate for itself."""


class Encoder:
    """Runs a bundle's front end, blocks and branches.

    Args:
        bundle: whose files are loaded when they are first needed, and not before.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.
        deepest: the exit up to which files are loaded at once; those beyond it are loaded if it
            is passed. By default the last.
        memory_mb: megabytes (10^6 bytes) that the lengths that were used last may take, by an
            estimate; of those before, memory is given back. A length for 4 million parameters in
            12 blocks takes 30 to 50, and some 15 ms (one thread of an EPYC) to be loaded again.
        delegate: what runs the files that were compiled for an accelerator; without it, those that
            they were made from run on the CPU.

    `frontend`, and by exit `stages`, `branches` and `unit_branches`, count their own calls and
    time. A stage is the blocks from the exit before up to this one.
    """

    def __init__(
        self,
        bundle: Bundle,
        threads: int = 1,
        reference: bool = False,
        deepest: int | None = None,
        memory_mb: float = MEMORY_MB,
        delegate: Delegate | None = None,
    ) -> None:
        self.manifest = manifest = bundle.manifest
        if deepest is None:
            deepest = len(manifest.blocks)
        self._memory = Memory(1e6 * memory_mb)
        self._ngrams = bundle.ngrams
        together = manifest.target in _TOGETHER
        accelerator = Accelerator(bundle, delegate, threads) if delegate else None
        near, far = (
            Group(threads, reference, together, self._memory, accelerator) for _ in range(2)
        )
        self._groups = near, far

        def runner(depth: int, first: str, *then: str) -> Runner:
            group = near if depth <= deepest else far
            return Runner(bundle.path / first, group=group, then=[bundle.path / n for n in then])

        self.frontend = runner(0, manifest.frontend)
        self.stages = {
            exit: runner(exit, *manifest.blocks[before:exit])
            for before, exit in pairwise((0, *manifest.exits))
        }
        self.branches = {exit: runner(exit, name) for exit, name in manifest.exits.items()}
        self.unit_branches = {
            exit: runner(exit, name) for exit, name in manifest.unit_branches.items()
        }

    @property
    def blocks_run(self) -> int:
        """How many blocks were run since the encoder was made."""
        return sum(stage.calls * len(stage.paths) for stage in self.stages.values())

    @property
    def loading_s(self) -> float:
        """Seconds spent so far on loading files: packing weights and planning memory."""
        return sum(group.loading_s for group in self._groups)

    def exits(
        self, features: Frames, bucket: int | None = None, level: float | None = None
    ) -> Iterator[Step]:
        """Run the encoder lazily: each exit's blocks run when it is asked for.

        To leave early is to ask no more; to go deeper later is to ask once more.

        Args:
            features: f32[T, width], as `edge.inputs.prepare` makes them, long enough for a frame.
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
        frames = self.manifest.encoder_frames(len(features))
        if features.ndim != 2 or not frames or features.shape[1] != settings.width:
            raise AudioError(
                f"the encoder takes features of shape [frames, {settings.width}], "
                f"{self.manifest.window} frames or more, not {list(features.shape)}"
            )
        # int8 arithmetic would make a number of NaN, and nobody would notice.
        if not np.isfinite(features).all():
            raise AudioError("the features hold NaN or infinite values", "check the sound")
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
        signature = _signature(bucket)
        for group in self._groups:
            self._memory.use(group, signature)
        longest = self.manifest.framing.longest(bucket)
        padded = np.zeros((1, longest, features.shape[1]), np.float32)
        padded[0, : len(features)] = features
        hidden = self.frontend.run(signature, padded, _mask(len(features), longest))
        mask = _mask(frames, bucket)
        step = None
        for exit, stage in self.stages.items():
            hidden = stage.run(signature, hidden, mask)
            named = self.unit_branches.get(exit)
            branch = self.branches[exit]
            step = Step(exit, frames, hidden, mask, branch, facts, step, named, self._ngrams)
            yield step


def _signature(bucket: int) -> str:
    return f"t{bucket}"


def _mask(real: int, length: int) -> Tensor:
    """Return f32[1, length, 1]: 1 for the real frames, 0 for padding."""
    mask = np.zeros((1, length, 1), np.float32)
    mask[:, :real] = 1.0
    return mask
