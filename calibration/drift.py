"""From an exit table to what a bundle remembers of its calibration speech."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from calibration.table import ExitTable, Floats
from edge.reference import ALWAYS_KEPT, MOST_BINS, ExitReference, Reference, watched_score
from edge.rules import Rule


def references(table: ExitTable, rules: Iterable[Rule]) -> tuple[Reference, ...]:
    """Describe every score by which one of `rules` decides, and entropy, at every exit.

    Raises:
        TableError: the table has no such score.
    """
    names = dict.fromkeys(name for rule in rules if (name := watched_score(rule)))
    if ALWAYS_KEPT in table.scores:
        names.setdefault(ALWAYS_KEPT)
    return tuple(_reference(table, name) for name in names)


def _reference(table: ExitTable, score: str) -> Reference:
    values = table.score(score)
    cost = table.cost.mean(axis=0)
    return Reference(
        score=score,
        exits={
            int(exit): at_exit(values[:, column], float(cost[column]))
            for column, exit in enumerate(table.exits)
        },
    )


def at_exit(scores: Floats, cost_s: float) -> ExitReference:
    """Describe one score at one exit, f64[U], by bins that hold about as many utterances each.

    Edges are order statistics, as `edge.drift` needs them; where scores are equal, there are
    fewer of them.
    """
    ordered = np.sort(scores)
    bins = min(MOST_BINS, len(ordered) + 1)
    ranks = np.arange(1, bins) * (len(ordered) + 1) // bins
    edges = np.unique(ordered[ranks - 1])
    counts = np.bincount(np.searchsorted(edges, ordered), minlength=len(edges) + 1)
    return ExitReference(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        mean=float(ordered.mean()),
        cost_s=cost_s,
    )
