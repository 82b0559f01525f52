"""What an operating point did with speech in noise, as `eedge noise` wrote it down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from boards.errors import closest
from calibration.bootstrap import Bootstrap, Estimate
from calibration.errors import TableError
from calibration.heard import ROWS
from calibration.mixing import Surroundings
from calibration.report.depths import Depths
from calibration.sheet import Sheet
from calibration.table import Floats, Texts


@dataclass(frozen=True, eq=False)
class Level:
    """One kind of surroundings. All arrays [U]."""

    name: str
    corpus: Texts
    exit: Floats
    errors: Floats
    full_errors: Floats
    words: Floats

    @property
    def utterances(self) -> int:
        """How many there are."""
        return len(self.exit)

    def figures(self) -> tuple[Estimate, Estimate, Estimate]:
        """Return mean exit, WER at full depth, and what the point adds to it in points."""
        bootstrap = Bootstrap(self.corpus)
        exits = bootstrap.sums(self.exit[:, None])[:, 0] / self.utterances
        return (
            bootstrap.estimate(float(self.exit.mean()), exits),
            bootstrap.rate(self.full_errors, self.words),
            bootstrap.rate(self.errors - self.full_errors, self.words),
        )


@dataclass(frozen=True, eq=False)
class Noisy:
    """Speech in each kind of surroundings: clean, then by falling SNR, then in rooms."""

    file: str
    point: str
    exits: tuple[int, ...]
    levels: tuple[Level, ...]

    @classmethod
    def read(cls, path: Path, exits: Sequence[int]) -> Self:
        """Read what `eedge noise --out` wrote.

        Raises:
            TableError: it cannot be read, is no such file, or names an exit that is not in `exits`.
        """
        sheet = Sheet(path)
        for name in ROWS:
            if name not in sheet.columns:
                raise TableError(
                    f"{path}: has no column '{name}'",
                    closest(name, sheet.columns),
                    "make it: eedge noise BUNDLE --data MANIFEST --noise MANIFEST --out CSV",
                )
        left = sheet.counts("exit", least=1)
        for row in np.flatnonzero(~np.isin(left, exits)):
            raise sheet.error(int(row), "exit", "is none of the bundle's exits")
        around = [_around(sheet, row) for row in range(len(sheet))]
        corpus = np.array(sheet.columns["corpus"], dtype=np.str_)
        errors, full, words = (sheet.counts(name) for name in ("errors", "full_errors", "words"))
        order = sorted(set(around), key=lambda each: (each.room, -each.snr_db))
        places = [(each, np.array([here == each for here in around])) for each in order]
        return cls(
            file=path.name,
            point=_only_point(sheet),
            exits=tuple(exits),
            levels=tuple(
                Level(each.name, corpus[at], left[at], errors[at], full[at], words[at])
                for each, at in places
            ),
        )

    def depths(self) -> list[Depths]:
        """Return how many leave at each exit, in each of the surroundings."""
        return [
            Depths(
                point=self.point,
                group=level.name,
                counts={exit: int(np.sum(level.exit == exit)) for exit in self.exits},
            )
            for level in self.levels
        ]


def _only_point(sheet: Sheet) -> str:
    """Return the operating point of all rows; an empty file has none."""
    points = sheet.columns["point"]
    for row, point in enumerate(points):
        if point != points[0]:
            raise sheet.error(row, "point", f"is {point}, where it was {points[0]} before")
    return points[0] if points else ""


def _around(sheet: Sheet, row: int) -> Surroundings:
    try:
        snr = float(sheet.columns["snr_db"][row])
    except ValueError as error:
        raise sheet.error(row, "snr_db", "is not a number") from error
    if math.isnan(snr):
        raise sheet.error(row, "snr_db", "is not a number")
    return Surroundings(snr_db=snr, room=bool(sheet.columns["room"][row]))
