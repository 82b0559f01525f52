"""One exit that was reached: its log-probabilities and scores, computed when they are asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from edge.decode import collapse
from edge.errors import InterpreterError, ScoreError
from edge.facts import Facts
from edge.library import Tensor
from edge.ngrams import SeenNgrams
from edge.posteriors import Ints, LogProbs, Probs, softmax
from edge.scores import SCORES
from edge.signs import SIGNS


class Branch(Protocol):
    """What turns a block's output into logits, as `edge.interpreter.Runner`."""

    @property
    def path(self) -> Path:
        """Its file."""
        ...

    def run(self, signature: str, *inputs: Tensor) -> Tensor:
        """Run it on f32[1, N, dim] and a mask f32[1, N, 1], and return f32[1, N, V]."""
        ...


class Step:
    """One exit that was reached.

    `exit` is the number of blocks run, `frames` the number of encoder frames that hold sound;
    frames beyond it, which are padding, are not to be seen from outside. `previous` is the
    encoder's exit before this one, whether or not anybody looked at it; `facts` are of the
    utterance. `unit_branch` names units, where the encoder has branches for these; `ngrams` are
    those of the text that it learnt from, where these are known. What the last block put out is
    kept only until all branches have run.
    """

    def __init__(
        self,
        exit: int,
        frames: int,
        hidden: Tensor,
        mask: Tensor,
        branch: Branch,
        facts: Facts,
        previous: Step | None = None,
        unit_branch: Branch | None = None,
        ngrams: SeenNgrams | None = None,
    ) -> None:
        self.exit = exit
        self.frames = frames
        self.facts = facts
        self.previous = previous
        self._branch = branch
        self._unit_branch = unit_branch
        self._ngrams = ngrams
        self._hidden: Tensor | None = hidden
        self._mask = mask
        self._to_run = {branch, unit_branch} - {None}
        self._scores: dict[str, float] = {}

    @property
    def log_probs(self) -> LogProbs:
        """Log-probabilities f32[frames, V]; the branch runs when this is first asked for.

        Raises:
            InterpreterError: the branch puts out NaN.
        """
        return self._output[0]

    @property
    def probs(self) -> Probs:
        """Probabilities f32[frames, V]; errors as in `log_probs`."""
        return self._output[1]

    @property
    def unit_log_probs(self) -> LogProbs:
        """Log-probabilities f32[frames, units]; their branch runs when this is first asked for.

        Raises:
            ScoreError: the encoder's branches name no units.
            InterpreterError: the branch puts out NaN.
        """
        return self._units[0]

    @property
    def unit_probs(self) -> Probs:
        """Probabilities f32[frames, units]; errors as in `unit_log_probs`."""
        return self._units[1]

    @cached_property
    def likeliest(self) -> Ints:
        """The likeliest symbol of each frame: int[frames]; errors as in `log_probs`."""
        likeliest: Ints = self._logits[0].argmax(axis=1)
        return likeliest

    @cached_property
    def symbols(self) -> tuple[int, ...]:
        """The symbols that greedy decoding reads, without blanks."""
        return collapse(self.likeliest)

    @property
    def ngrams(self) -> SeenNgrams:
        """The n-grams of the text that the encoder learnt from.

        Raises:
            ScoreError: the bundle does not hold them.
        """
        if self._ngrams is None:
            raise ScoreError(
                "the bundle does not know the text that its encoder learnt from",
                "go by another score",
                "add it to the checkpoint: python -m training.ngrams; then convert that again",
            )
        return self._ngrams

    def score(self, name: str) -> float:
        """Compute a score of `edge.scores.SCORES` or a sign of `edge.signs.SIGNS`, once."""
        if name not in self._scores:
            of = SCORES[name].of if name in SCORES else SIGNS[name]
            self._scores[name] = of(self)
        return self._scores[name]

    @cached_property
    def _logits(self) -> tuple[Tensor, Tensor]:
        return self._run(self._branch)

    @cached_property
    def _output(self) -> tuple[LogProbs, Probs]:
        return softmax(*self._logits)

    @cached_property
    def _units(self) -> tuple[LogProbs, Probs]:
        if self._unit_branch is None:
            raise ScoreError(
                f"exit {self.exit} names no units: the encoder has no branches for them",
                "go by another score",
                "train such branches: see checkpoints/hubert-mini",
            )
        return softmax(*self._run(self._unit_branch))

    def _run(self, branch: Branch) -> tuple[Tensor, Tensor]:
        """Return logits f32[frames, V], and the highest of each frame."""
        hidden = self._hidden
        assert hidden is not None
        logits: Tensor = branch.run(f"t{hidden.shape[1]}", hidden, self._mask)[0, : self.frames]
        # Where no largest value is finite, a softmax would be NaN; −∞ beside it is none.
        highest: Tensor = logits.max(axis=1)
        if not np.isfinite(highest).all():
            raise InterpreterError(
                f"{branch.path}: exit {self.exit} puts out NaN",
                "check the sound: does another file work?",
                "convert the checkpoint again, or with another recipe",
            )
        self._to_run -= {branch}
        if not self._to_run:
            self._hidden = None
        return logits, highest
