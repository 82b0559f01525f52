"""What an operating point did with speech in noise or in a room."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from calibration.bootstrap import Bootstrap, Estimate, Summary
from calibration.files import write_whole
from calibration.mixing import Surroundings
from calibration.outcome import Outcome
from calibration.recheck import Recheck
from calibration.table import ExitTable

ROWS = (
    *("point", "snr_db", "room", "utterance", "corpus"),
    *("exit", "errors", "full_errors", "words", "cost"),
)
"""Columns of what `write_rows` writes; `snr_db` is `inf` without noise, `cost` is in seconds."""


@dataclass(frozen=True)
class Drift:
    """What watching says: of one score at one exit, or of the one that says most among several.

    `evidence` is what `edge.drift.Verdict` has; `after` so many utterances it was enough to speak
    of drift, or None.
    """

    score: str
    exit: int
    evidence: float
    after: int | None


@dataclass(frozen=True, eq=False)
class Heard:
    """Speech in one kind of surroundings: every exit of it, and what a point does with it.

    `rooms` ([U]) are names, empty where there is none. `drift` is None where the calibration
    kept nothing to compare with, `promise` where the point has no guarantee.
    """

    around: Surroundings
    rooms: list[str]
    table: ExitTable
    outcome: Outcome
    full: Outcome
    drift: Drift | None
    promise: Recheck | None

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """Resamples of these utterances."""
        return Bootstrap(self.table.corpus)

    @cached_property
    def summary(self) -> Summary:
        """What the point comes to beside full depth."""
        return self.bootstrap.summarise(self.table, [self.outcome])[0]

    @cached_property
    def full_wer(self) -> Estimate:
        """Word error rate at full depth, in percent."""
        return self.bootstrap.rate(self.full.errors, self.table.words.astype(np.float64))

    @property
    def rtf(self) -> float:
        """Time that the point takes over the length of the sound."""
        return float(self.outcome.cost.sum() / self.table.duration_s.sum())

    @property
    def standing(self) -> str:
        """Whether the point's guarantee is for speech like this.

        `none`, `stands`, `refused` for speech that drifted, or `not watched`.
        """
        if self.promise is None:
            return "none"
        if self.drift is None:
            return "not watched"
        return "stands" if self.drift.after is None else "refused"

    def fields(self) -> dict[str, JsonValue]:
        """Return the figures for JSON; WER in percent, no intervals of a single utterance."""
        figures = {
            "mean_exit": self.summary.depth,
            "wer": self.summary.wer,
            "wer_full": self.full_wer,
            "increase": self.summary.increase,
        }
        fields: dict[str, JsonValue] = {
            "name": self.around.name,
            "snr_db": None if math.isinf(self.around.snr_db) else self.around.snr_db,
            "rooms": [*sorted({room for room in self.rooms if room})],
            "utterances": len(self.table),
            "words": int(self.table.words.sum()),
        }
        for name, figure in figures.items():
            fields |= _estimate(name, figure, len(self.table))
        fields["rtf"] = self.rtf
        fields["rtf_full"] = float(self.full.cost.sum() / self.table.duration_s.sum())
        fields["drift"] = None
        if self.drift:
            fields["drift"] = {
                "drifted": self.drift.after is not None,
                "after": self.drift.after,
                "evidence": self.drift.evidence,
                "score": self.drift.score,
                "exit": self.drift.exit,
            }
        fields["guarantee"] = {"standing": self.standing}
        if self.promise:
            fields["guarantee"] = {
                "standing": self.standing,
                "on_this_speech": self.promise.answer,
                "sentence": self.promise.sentence,
                **_estimate("lost", self.promise.lost, len(self.table)),
                "p_broken": self.promise.p_broken,
                "p_kept": self.promise.p_kept,
            }
        return fields


def _estimate(name: str, figure: Estimate, utterances: int) -> dict[str, JsonValue]:
    spread = utterances > 1
    return {
        name: figure.value,
        f"{name}_low": figure.low if spread else None,
        f"{name}_high": figure.high if spread else None,
    }


def write_rows(heard: Sequence[Heard], point: str, path: Path) -> None:
    """Write a CSV with one row for each utterance in each of the surroundings, whole or not.

    `point` is the name of the operating point that it was heard at.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(ROWS)
    for one in heard:
        for row, room in enumerate(one.rooms):
            writer.writerow(
                [
                    point,
                    f"{one.around.snr_db:g}",
                    room,
                    one.table.utterance[row],
                    one.table.corpus[row],
                    int(one.outcome.depth[row]),
                    int(one.outcome.errors[row]),
                    int(one.full.errors[row]),
                    one.table.words[row],
                    one.outcome.cost[row],
                ]
            )
    write_whole(path, buffer.getvalue().encode())
