"""One exit that was reached: its log-probabilities and scores, computed when they are asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from edge.errors import InterpreterError
from edge.interpreter import Runner
from edge.library import Tensor
from edge.scores import SCORES, LogProbs


class Step:
    """One exit that was reached.

    `exit` is the number of blocks run, `frames` the number of encoder frames that hold sound;
    frames beyond it, which are padding, are not to be seen from outside.
    """

    def __init__(
        self, exit: int, frames: int, hidden: Tensor, mask: Tensor, branch: Runner
    ) -> None:
        self.exit = exit
        self.frames = frames
        self._hidden = hidden
        self._mask = mask
        self._branch = branch
        self._scores: dict[str, float] = {}

    @property
    def hidden(self) -> Tensor:
        """What the last block put out: f32[frames, dim]."""
        return self._hidden[0, : self.frames]

    @cached_property
    def log_probs(self) -> LogProbs:
        """Log-probabilities f32[frames, V]; the branch runs when this is first asked for.

        Raises:
            InterpreterError: the branch puts out NaN.
        """
        signature = f"t{self._hidden.shape[1]}"
        logits = self._branch.run(signature, self._hidden, self._mask)[0, : self.frames]
        log_probs = log_softmax(logits)
        if np.isnan(log_probs).any():
            raise InterpreterError(
                f"{self._branch.path}: exit {self.exit} puts out NaN",
                "check the sound: does another file work?",
                "convert the checkpoint again, or with another recipe",
            )
        return log_probs

    def score(self, name: str) -> float:
        """Compute a score of `edge.scores.SCORES` once."""
        if name not in self._scores:
            self._scores[name] = SCORES[name].of(self.log_probs)
        return self._scores[name]


def log_softmax(logits: Tensor) -> LogProbs:
    """Natural log-probabilities of f32[T, V] over the last axis, in float32."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs: LogProbs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probs
