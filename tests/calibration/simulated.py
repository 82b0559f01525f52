"""Exit tables whose truth is known: more can be drawn, as much as a test needs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calibration.table import ExitTable

HARDNESS = (0.2, -0.8, -1.4, -1.8, -2.0, -2.1)
"""Log-odds of a word error at exits 2, 4 … 12, for an utterance of middling difficulty."""


def simulate(
    size: int,
    seed: int,
    hardness: Sequence[float] = HARDNESS,
    noise: float = 0.5,
    split: str = "cal",
) -> ExitTable:
    """Draw utterances of some 9 words, each as difficult as it is, with two noisy scores.

    Each word is as hard for every exit, but for 10 % of the words, which are hard anew; and every
    exit has good and bad days of its own (`noise`), so that an earlier exit is often strictly
    better than the last. A block costs 1 s.
    """
    rng = np.random.default_rng(seed)
    exits = len(hardness)
    words = np.maximum(1, rng.lognormal(2.2, 0.6, size)).astype(np.int64)
    difficulty = rng.normal(0, 1.2, (size, 1))
    odds = np.array(hardness) + difficulty + rng.normal(0, noise, (size, exits))
    rate = 1 / (1 + np.exp(-odds))
    said = np.arange(words.max()) < words[:, None]
    luck = rng.random(said.shape)
    errors = np.empty((size, exits), np.int64)
    for column in range(exits):
        anew = rng.random(said.shape) < 0.1
        mine = np.where(anew, rng.random(said.shape), luck)
        errors[:, column] = ((mine < rate[:, column : column + 1]) & said).sum(axis=1)
    doubt = 0.7 * np.log(rate) + rng.normal(0, 0.4, rate.shape) + rng.normal(0, 0.3, (size, 1))
    sure = np.clip(1 - rate * rng.lognormal(0, 0.5, rate.shape), 1e-3, 1)
    depth = 2 * np.arange(1, exits + 1)
    return ExitTable(
        exits=depth,
        utterance=np.array([f"u{row}" for row in range(size)]),
        corpus=np.full(size, "simulated"),
        split=np.full(size, split),
        words=words,
        characters=5 * words,
        duration_s=0.4 * words * rng.lognormal(0, 0.15, size),
        errors=errors,
        char_errors=np.zeros_like(errors),
        cost_blocks=np.tile(depth.astype(float), (size, 1)),
        cost_branch=np.zeros((size, exits)),
        scores={"unsureness": np.exp(doubt), "sureness": sure},
        text=np.full((size, exits), ""),
        lower_is_surer={"unsureness": True, "sureness": False},
    )


def write_simple(path: Path, *tables: ExitTable) -> Path:
    """Write tables as they come from elsewhere: the needed columns and the scores."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["utterance", "split", "exit", "errors", "words", "cost", *tables[0].scores]
        )
        for table in tables:
            for row in range(len(table)):
                for column, exit in enumerate(table.exits):
                    at = row, column
                    writer.writerow(
                        [
                            *(table.utterance[row], table.split[row], exit),
                            *(table.errors[at], table.words[row]),
                            round(float(table.cost[at] * table.duration_s[row]), 5),
                            *(round(float(values[at]), 6) for values in table.scores.values()),
                        ]
                    )
    return path
