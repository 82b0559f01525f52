"""Scores of the symbols that greedy decoding puts out.

A symbol's probability is that of its best frame: CTC spells it with a run of frames, of which one
is enough.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.decode import run_starts
from edge.scores.reading import Reading
from edge.tokens import BLANK


def least_symbol_probability(reading: Reading) -> float:
    """Probability of the most doubtful symbol; 0 (unsure) where there is none. From 0 to 1."""
    return float(min(symbol_probabilities(reading), default=0.0))


def expected_symbol_errors(reading: Reading) -> float:
    """Sum of (1 − p) over the symbols: how many of them are wrong, if p is well calibrated.

    Ranges from 0 (sure) to T, for no more than one symbol fits in a frame; and T it is where there
    is none.
    """
    probabilities = symbol_probabilities(reading)
    if not len(probabilities):
        return float(len(reading.probs))
    return float((1 - np.minimum(1, probabilities)).sum(dtype=np.float64))


def symbol_probabilities(reading: Reading) -> npt.NDArray[np.float32]:
    """Return f32[N]: for each of the N symbols that greedy decoding puts out, its best frame."""
    highest = reading.probs.max(axis=1)
    starts = run_starts(reading.likeliest)
    spoken = reading.likeliest[starts] != BLANK
    best: npt.NDArray[np.float32] = np.maximum.reduceat(highest, starts)[spoken]
    return best
