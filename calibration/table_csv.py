"""Exit tables as CSV, one row per utterance and exit: written by us, read from anywhere."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from boards.errors import closest
from calibration.errors import TableError
from calibration.files import write_whole
from calibration.sheet import Sheet
from calibration.table import ExitTable, Floats, Ints, Texts

REQUIRED = ("utterance", "split", "exit", "errors", "words", "cost")
OPTIONAL = (
    "corpus",
    "char_errors",
    "characters",
    "duration_s",
    "cost_blocks",
    "cost_branch",
    "text",
)
"""What else is known by name; every other column is a score."""

_COST_OF = "cost_"
"""Before the name of a score: the column of what computing that takes."""
_ROUNDING = 1e-6
"""Relative: `cost` may differ by so much from the sum of its parts, which were rounded too."""


def write_table(table: ExitTable, path: Path) -> None:
    """Write `table` to `path`, whole or not at all."""
    before = ["utterance", "corpus", "split", "exit", "errors", "words", "char_errors"]
    between = ["characters", "duration_s", "cost_blocks", "cost_branch", "cost"]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    costs = [f"{_COST_OF}{name}" for name in table.score_cost]
    writer.writerow([*before, *between, *table.scores, *costs, "text"])
    for row in range(len(table)):
        for column, exit in enumerate(table.exits):
            at = row, column
            writer.writerow(
                [
                    table.utterance[row],
                    table.corpus[row],
                    table.split[row],
                    exit,
                    table.errors[at],
                    table.words[row],
                    table.char_errors[at],
                    table.characters[row],
                    table.duration_s[row],
                    table.cost_blocks[at],
                    table.cost_branch[at],
                    table.cost[at],
                    *(values[at] for values in table.scores.values()),
                    *(values[at] for values in table.score_cost.values()),
                    table.text[at],
                ]
            )
    write_whole(path, buffer.getvalue().encode())


def read_table(path: Path) -> ExitTable:
    """Read an exit table from a CSV file with a header.

    The columns of `REQUIRED` must be there and those of `OPTIONAL` may; every other column is a
    score, but `cost_NAME` is what computing the score NAME takes, in seconds. A `cost` that is not
    given in its two parts is all put down to the blocks.

    Raises:
        TableError: the file is missing or damaged, a value is missing, not a number or not
            possible, or an utterance has an exit twice or not at all; names line and column.
    """
    sheet = Sheet(path)
    for name in REQUIRED:
        if name not in sheet.columns:
            raise TableError(
                f"{path}: the exit table has no column '{name}'",
                closest(name, sheet.columns),
                f"needed: {', '.join(REQUIRED)}; and each score in a column of its own",
            )
    return _Grid(sheet).table()


class _Grid:
    """Where each cell of the table, [U, E], lies in a sheet of one row per utterance and exit."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        keys = list(zip(sheet.columns["split"], sheet.columns["utterance"], strict=True))
        self.row_of = {key: row for row, key in enumerate(dict.fromkeys(keys))}
        numbers = sheet.counts("exit", least=1).astype(np.int64)
        self.exits = np.unique(numbers)
        self.source: Ints = np.full((len(self.row_of), len(self.exits)), -1)
        for index, (key, column) in enumerate(
            zip(keys, np.searchsorted(self.exits, numbers), strict=True)
        ):
            at = self.row_of[key], column
            if self.source[at] >= 0:
                first = sheet.lines[self.source[at]]
                raise sheet.error(index, "exit", f"has been given for '{key[1]}' in line {first}")
            self.source[at] = index
        for row, column in np.argwhere(self.source < 0):
            index = int(self.source[row].max())
            raise TableError(
                f"{sheet.path}: utterance '{keys[index][1]}' (line {sheet.lines[index]}) "
                f"has no row for exit {self.exits[column]}",
                "a table needs every exit of every utterance",
            )

    def table(self) -> ExitTable:
        sheet, known = self.sheet, {*REQUIRED, *OPTIONAL}
        cost_blocks, cost_branch = self.costs()
        scores = [name for name in sheet.columns if name not in known]
        of_score = {name: f"{_COST_OF}{name}" for name in scores}
        of_score = {name: cost for name, cost in of_score.items() if cost in scores}
        return ExitTable(
            exits=self.exits,
            utterance=np.array([name for _, name in self.row_of], dtype=np.str_),
            corpus=self.texts("corpus")[:, 0],
            split=np.array([split for split, _ in self.row_of], dtype=np.str_),
            words=self.of_utterance("words", sheet.counts("words")).astype(np.int64),
            characters=self.of_utterance("characters", self.counts("characters")).astype(np.int64),
            duration_s=self.of_utterance("duration_s", self.seconds("duration_s")),
            errors=sheet.counts("errors")[self.source].astype(np.int64),
            char_errors=self.counts("char_errors")[self.source].astype(np.int64),
            cost_blocks=cost_blocks,
            cost_branch=cost_branch,
            scores={
                name: sheet.numbers(name)[self.source]
                for name in scores
                if name not in of_score.values()
            },
            score_cost={name: self.seconds(cost)[self.source] for name, cost in of_score.items()},
            text=self.texts("text"),
        )

    def costs(self) -> tuple[Floats, Floats]:
        cost = self.seconds("cost")[self.source]
        if not {"cost_blocks", "cost_branch"} <= self.sheet.columns.keys():
            return cost, np.zeros_like(cost)
        blocks = self.seconds("cost_blocks")[self.source]
        branch = self.seconds("cost_branch")[self.source]
        total = blocks + np.cumsum(branch, axis=1)
        for at in map(tuple, np.argwhere(~np.isclose(cost, total, rtol=_ROUNDING, atol=1e-9))):
            problem = f"is not cost_blocks and every cost_branch up to here, {total[at]:.9g}"
            raise self.sheet.error(int(self.source[at]), "cost", problem)
        return blocks, branch

    def of_utterance(self, column: str, values: Floats) -> Floats:
        """Return [U] where every exit of an utterance says the same; TableError otherwise."""
        cells = values[self.source]
        for row, column_ in np.argwhere(cells != cells[:, :1]):
            index = int(self.source[row, column_])
            line = self.sheet.lines[self.source[row, 0]]
            raise self.sheet.error(index, column, f"differs from line {line}, the same utterance")
        return np.asarray(cells[:, 0])

    def counts(self, column: str) -> Floats:
        there = column in self.sheet.columns
        return self.sheet.counts(column) if there else np.zeros(len(self.sheet))

    def seconds(self, column: str) -> Floats:
        there = column in self.sheet.columns
        return self.sheet.numbers(column, least=0) if there else np.zeros(len(self.sheet))

    def texts(self, column: str) -> Texts:
        cells = self.sheet.columns.get(column, [""] * len(self.sheet))
        return np.array(cells, dtype=np.str_)[self.source]
