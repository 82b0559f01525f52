"""Which exits a policy may leave at: DAISY's three sets (arXiv 2406.05464).

Each is drawn from the exits at which utterances left, one of each, when the head that reads the
encoder was trained, or when a table was replayed: `taken`, each one of `exits`. What they return
goes into a policy as its exits: at the deepest of them, everything has left.
"""

from __future__ import annotations

from collections.abc import Sequence

from boards.errors import UsageError
from edge.policy.base import check_exit

FREQUENCY_ASR = 0.2
"""DAISY's π for speech recognition."""
FREQUENCY = 0.15
"""DAISY's π for everything else."""


def average(taken: Sequence[int], exits: Sequence[int]) -> tuple[int, ...]:
    """Return {⌊k̄⌋, ⌈k̄⌉}, k̄ being the mean of `taken`.

    Where the encoder has no exit after every block, these are its nearest on both sides.
    """
    _check(taken, exits)
    mean = sum(taken) / len(taken)
    below = max(exit for exit in exits if exit <= mean)
    above = min(exit for exit in exits if exit >= mean)
    return tuple(sorted({below, above}))


def min_max(taken: Sequence[int], exits: Sequence[int]) -> tuple[int, ...]:
    """Return all exits from the shallowest that was taken to the deepest."""
    _check(taken, exits)
    return tuple(sorted(exit for exit in exits if min(taken) <= exit <= max(taken)))


def frequent(
    taken: Sequence[int], exits: Sequence[int], frequency: float = FREQUENCY_ASR
) -> tuple[int, ...]:
    """Return the exits at which more than `frequency` of all left; if there is none, the last."""
    _check(taken, exits)
    often = tuple(exit for exit in sorted(exits) if taken.count(exit) / len(taken) > frequency)
    return often or (max(exits),)


def _check(taken: Sequence[int], exits: Sequence[int]) -> None:
    if not taken:
        raise UsageError("without an utterance that left, there is no exit to allow")
    for exit in set(taken):
        check_exit(exit, exits)
