"""What a report is made of: sections with text, tables and pictures, as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from calibration.bootstrap import Estimate
from calibration.report.picture import Picture
from calibration.report.sheets import Cells


@dataclass(frozen=True)
class Table:
    """Cells as text; the first of each row names it."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Item:
    """Something with facts to it: what and how, each in words."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table] = ()


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the page; `sheets` are the figures behind it, by the name of their file."""

    key: str
    title: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    items: Sequence[Item] = ()
    sheets: Mapping[str, Cells] = field(default_factory=dict)


def between(figure: Estimate, form: str, factor: float = 1.0) -> str:
    """Return a figure with its interval: `1.20 [1.00, 1.40]`."""
    value, low, high = (factor * part for part in (figure.value, figure.low, figure.high))
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"
