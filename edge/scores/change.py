"""Scores that compare an exit with the one before it."""

from __future__ import annotations

import math

from edge.edits import edits
from edge.scores.reading import Reading, Scored

NEARLY = 0.05
"""Edit rate up to which two texts are nearly the same: one symbol in twenty."""


def edit_rate(reading: Reading) -> float:
    """Edits between the symbols here and at the exit before, over the longer one's length.

    Ranges from 0 (the same) to 1. It is 1 at the first exit, which has nothing to agree with, and
    between two exits that put out nothing.
    """
    if reading.previous is None:
        return 1.0
    here, before = reading.symbols, reading.previous.symbols
    longest = max(len(here), len(before))
    return edits(before, here) / longest if longest else 1.0


def stable_exits(reading: Scored, tolerance: float = 0.0) -> float:
    """For how many exits in a row the edit rate has been within `tolerance`.

    PABEE (arXiv 2006.04152), whose predictions are the same or not, at a tolerance of 0. It is 0
    at the first exit; each exit before whose text still agreed has its branch run.
    """
    count = 0
    while reading.previous is not None and reading.score("edit_rate") <= tolerance:
        count += 1
        reading = reading.previous
    return float(count)


def nearly_stable_exits(reading: Scored) -> float:
    """`stable_exits` where one symbol in twenty may change."""
    return stable_exits(reading, NEARLY)


def entropy_drop(reading: Reading) -> float:
    """`entropy_nats` of the exit before minus that of this one: low where blocks stop helping.

    Before the first exit nothing is known: there it counts from ln V. Ranges from −ln V to ln V.
    """
    if reading.previous is None:
        before = math.log(reading.log_probs.shape[1])
    else:
        before = reading.previous.score("entropy_nats")
    return before - reading.score("entropy_nats")
