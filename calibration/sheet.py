"""A CSV file by columns, whose every complaint names the line and the column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from calibration.errors import TableError
from calibration.table import Floats


class Sheet:
    """The cells of a CSV file with a header; rows are numbered from 0, lines as in an editor."""

    def __init__(self, path: Path) -> None:
        """Read `path`; TableError if it is missing, not text, not CSV or without a row."""
        self.path = path
        self.columns: dict[str, list[str]] = {}
        self.lines: list[int] = []
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self._read(file)
        except OSError as error:
            raise TableError(f"cannot read the exit table {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise TableError(f"{path}: is not UTF-8 text ({error.reason})") from error
        except csv.Error as error:
            raise TableError(f"{path}: is not CSV ({error})") from error

    def __len__(self) -> int:
        return len(self.lines)

    def _read(self, file: Iterator[str]) -> None:
        reader = csv.reader(file, strict=True)
        header = [name.strip() for name in next(reader, [])]
        for index, name in enumerate(header):
            if not name or name in header[:index]:
                problem = f"column '{name}' stands there twice" if name else "a column has no name"
                raise TableError(f"{self.path}, line 1: {problem}")
        rows: list[list[str]] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise TableError(
                    f"{self.path}, line {reader.line_num}: "
                    f"has {len(row)} cells where the header has {len(header)}"
                )
            rows.append(row)
            self.lines.append(reader.line_num)
        if not rows:
            raise TableError(f"{self.path}: the exit table is empty")
        self.columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))

    def error(self, row: int, column: str, problem: str) -> TableError:
        """Return the error that says what is wrong with one cell."""
        value = self.columns[column][row]
        return TableError(
            f"{self.path}, line {self.lines[row]}, column '{column}': '{value}' {problem}"
        )

    def numbers(self, column: str, least: float = -math.inf) -> Floats:
        """Return a column of finite numbers that are not below `least`; TableError otherwise."""
        values = np.empty(len(self))
        for row, cell in enumerate(self.columns[column]):
            try:
                value = float(cell)
            except ValueError as error:
                raise self.error(row, column, "is not a number") from error
            if not math.isfinite(value):
                raise self.error(row, column, "is not a finite number")
            if value < least:
                raise self.error(row, column, f"is less than {least:g}")
            values[row] = value
        return values

    def counts(self, column: str, least: int = 0) -> Floats:
        """Return a column of whole numbers that are not below `least`; TableError otherwise."""
        values = self.numbers(column, least)
        for row in np.flatnonzero(values != np.rint(values)):
            raise self.error(int(row), column, "is not a whole number")
        return values
