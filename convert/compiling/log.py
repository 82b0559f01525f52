"""What the Edge TPU's compiler prints, as figures.

The wording is that of versions 2.0 to 16.0, as users have published it
(`tests/convert/explain/published.toml`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

MAPPED = "Mapped to Edge TPU"

_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_VERSION = re.compile(r"^Edge TPU Compiler version (\S+)", re.MULTILINE)
_MODEL = re.compile(r"^(?:Input model|Input): *(.+?)\s*$", re.MULTILINE)
_ROW = re.compile(r"^([A-Za-z][\w-]*) {2,}(\d+) {2,}(\S.*?)\s*$", re.MULTILINE)
_HEADER = re.compile(r"^Operator +Count +Status\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """Operators of one kind with one fate; one kind can stand in several rows."""

    operator: str
    count: int
    status: str

    @property
    def is_mapped(self) -> bool:
        """Whether they run on the Edge TPU."""
        return self.status == MAPPED


@dataclass(frozen=True)
class ModelLog:
    """What the compiler says of one model; sizes in bytes, None where it does not say."""

    model: str
    rows: tuple[Row, ...]
    subgraphs: int | None = None
    cached_bytes: int | None = None
    cache_left_bytes: int | None = None
    streamed_bytes: int | None = None
    total: int | None = None
    on_cpu: int | None = None

    @property
    def operations(self) -> int:
        """How many operations the model has."""
        return self.total if self.total is not None else sum(row.count for row in self.rows)

    @property
    def mapped(self) -> int:
        """How many of them run on the Edge TPU.

        By the table, or else by the counts, which are left out where everything is mapped.
        """
        if self.rows:
            return sum(row.count for row in self.rows if row.is_mapped)
        if not self.subgraphs:
            return 0
        return self.operations - (self.on_cpu or 0)

    @property
    def mapped_share(self) -> float:
        """Share of the operations that run on the Edge TPU; 0 of none."""
        return self.mapped / self.operations if self.operations else 0.0


@dataclass(frozen=True)
class CompilerLog:
    """What one run of the compiler says: its version, and each model in its order."""

    version: str
    models: tuple[ModelLog, ...]

    def model(self, name: str) -> ModelLog | None:
        """Return what it says of the file of that name."""
        return next((one for one in self.models if one.model.rpartition("/")[2] == name), None)


def parse_log(text: str) -> CompilerLog:
    """Read what the compiler printed, or a file NAME_edgetpu.log that it wrote.

    What it does not say is None; of a text that is none of its own, there are no models.
    """
    version = _VERSION.search(text)
    begins = [match.start() for match in _MODEL.finditer(text)]
    parts = [text[begin:end] for begin, end in pairwise([*begins, len(text)])]
    return CompilerLog(version.group(1) if version else "", tuple(map(_parse_model, parts)))


def _parse_model(text: str) -> ModelLog:
    name = _MODEL.search(text)
    assert name is not None
    header = _HEADER.search(text)
    rows = _ROW.finditer(text, header.end()) if header else ()
    return ModelLog(
        model=name.group(1),
        rows=tuple(Row(row[1], int(row[2]), row[3]) for row in rows),
        subgraphs=_number(text, "Number of Edge TPU subgraphs"),
        cached_bytes=_size(text, "On-chip memory used for caching model parameters"),
        cache_left_bytes=_size(text, "On-chip memory remaining for caching model parameters"),
        streamed_bytes=_size(text, "Off-chip memory used for streaming uncached model parameters"),
        total=_number(text, "Total number of operations"),
        on_cpu=_number(text, "Number of operations that will run on CPU"),
    )


def _number(text: str, what: str) -> int | None:
    found = re.search(rf"^{re.escape(what)}: *(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else None


def _size(text: str, what: str) -> int | None:
    found = re.search(rf"^{re.escape(what)}: *([\d.]+) *([KMG]i)?B", text, re.MULTILINE)
    if found is None:
        return None
    try:
        return round(float(found.group(1)) * _UNITS[f"{found.group(2) or ''}B"])
    except ValueError:  # Such as 1.2.3: a line that is not the compiler's.
        return None
