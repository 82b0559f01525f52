"""Scores: how sure an exit is of its own output, one file per family.

`frames` look at each frame, `symbols` at each symbol that is put out, `sentence` at whole texts,
`change` at the exit before, `language` at whether it reads like text, `units` at the encoder's own
units where it has branches for these.
Entropy has three units in this field, and a threshold in one means
nothing in another, so the unit is part of every name.

An exit that puts out no symbol at all is never sure, whatever its blanks say: a shallow exit that
has not learnt enough says nothing, very surely, and would be the first to be believed.
"""

from edge.posteriors import LogProbs
from edge.scores.frames import (
    entropy_nats,
    entropy_normalised,
    entropy_per_symbol,
    low_decile_max_probability,
    mean_margin,
    mean_max_probability,
    nonblank_entropy_nats,
    nonblank_entropy_normalised,
    nonblank_entropy_per_symbol,
)
from edge.scores.reading import Reading, Scored
from edge.scores.registry import SCORES, UNIT_ENTROPY, UNSEEN_NGRAMS, Score
from edge.scores.sentence import nbest_posterior

__all__ = [
    "SCORES",
    "UNIT_ENTROPY",
    "UNSEEN_NGRAMS",
    "LogProbs",
    "Reading",
    "Score",
    "Scored",
    "entropy_nats",
    "entropy_normalised",
    "entropy_per_symbol",
    "low_decile_max_probability",
    "mean_margin",
    "mean_max_probability",
    "nbest_posterior",
    "nonblank_entropy_nats",
    "nonblank_entropy_normalised",
    "nonblank_entropy_per_symbol",
]
