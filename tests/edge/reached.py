"""Exits whose output a test has written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from edge.facts import Facts
from edge.library import Tensor
from edge.ngrams import SeenNgrams
from edge.policy import Policy, Scored
from edge.posteriors import LogProbs
from edge.step import Step

SEEN = SeenNgrams.of([[1, 2], [1, 2, 3]])
"""As if the encoder had learnt from the texts ab and abc."""
FACTS = Facts(duration_s=2.0, level=-20.0, level_spread=4.0)


class Written:
    """A branch that puts out what is written: f32[T, V], and counts how often it is asked."""

    path = Path("written.tflite")

    def __init__(self, logits: LogProbs) -> None:
        self._logits = logits
        self.calls = 0

    def run(self, signature: str, *inputs: Tensor) -> Tensor:
        self.calls += 1
        logits: Tensor = self._logits[np.newaxis]
        return logits


def log_probs(rows: Sequence[Sequence[float]]) -> LogProbs:
    """Return the logarithms of the probabilities of `rows`, one row a frame; blank is the first."""
    with np.errstate(divide="ignore"):
        logs: LogProbs = np.log(np.array(rows, np.float32))
    return logs


def step(
    rows: Sequence[Sequence[float]], previous: Step | None = None, exit: int = 2, padding: int = 0
) -> Step:
    """Return an exit that puts out these probabilities, and nonsense where it is padded.

    Its units are as probable as its symbols.
    """
    logs = log_probs(rows)
    nonsense = np.full((padding, logs.shape[1]), 7.0, np.float32)
    branch = Written(np.concatenate([logs, nonsense]))
    inputs = np.zeros((1, len(logs) + padding, 1), np.float32)
    units = Written(np.concatenate([logs, nonsense]))
    return Step(exit, len(logs), inputs, inputs, branch, FACTS, previous, units, SEEN)


def branch_calls(step: Step) -> int:
    """Return how often the branch of such an exit has run, the one for text."""
    assert isinstance(step._branch, Written)
    return step._branch.calls


def spelling(*texts: str) -> list[Step]:
    """Return a chain of exits that spell these texts, of the letters a, b, c and d, surely."""
    chain: list[Step] = []
    for text in texts:
        frames = [0] if not text else [at for letter in text for at in (0, " abcd".index(letter))]
        rows = np.eye(5)[frames].tolist()
        chain.append(step(rows, chain[-1] if chain else None, exit=2 * len(chain) + 2))
    return chain


class Reached:
    """An exit with scores that were worked out before; one number stands for any score."""

    def __init__(self, exit: int, value: float, previous: Reached | None = None) -> None:
        self.exit = exit
        self.value = value
        self.previous = previous
        self.asked = 0

    def score(self, name: str) -> float:
        self.asked += 1
        return self.value


def chain(*values: float) -> Iterator[Reached]:
    """Yield exits 2, 4, 6 … with these values, each knowing the one before."""
    reached = None
    for index, value in enumerate(values):
        reached = Reached(2 * index + 2, value, reached)
        yield reached


def leaves_at(policy: Policy, steps: Iterable[Scored]) -> int:
    """Return the exit at which a policy leaves."""
    return next(step.exit for step in steps if policy.leaves(step))
