"""Figures as CSV: what stands behind each picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

Cells = Iterable[tuple[object, ...]]
"""Rows of a sheet, the header first."""


def as_csv(cells: Cells) -> bytes:
    """Return a sheet as a file; what is not known is left empty."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(cells)
    return buffer.getvalue().encode()
