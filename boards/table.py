"""Operator tables: what a target takes of a TFLite model, and what helps where it takes it not.

A table is data with the source of every line, one TOML file each in `boards/operators/`. How a
rule is checked on an operator of a model is for `convert.explain.rules` to know.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from boards.errors import EedgeError
from boards.section import FileName, Section, Text, read_toml
from boards.shipped import path_of, shipped_names

_SHIPPED = Path(__file__).parent / "operators"

Rule = Literal[
    "constant weights",
    "default weights format",
    "one-dimensional output",
    "equal dilation",
    "no fused activation",
    "zero padding only",
    "equal scales",
    "batch is 1",
    "not over the batch",
    "depth a multiple of 4",
    "small window",
    "stride 1",
    "one-dimensional",
    "one-dimensional alpha",
    "one scale for weights",
    "integers on both sides",
    "constant operands",
]
"""Conditions on an operator beyond its version, types, rank and size."""

RULES: tuple[Rule, ...] = get_args(Rule)

Type = Literal["INT8", "UINT8", "INT16", "INT32", "INT64", "FLOAT16", "FLOAT32", "BOOL"]
Types = Annotated[tuple[Type, ...], Field(strict=False, min_length=1)]
Names = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Count = Annotated[int, Field(gt=0)]


class TableError(EedgeError):
    """An operator table is missing, damaged, or says what is not allowed."""


class UnknownTableError(TableError):
    """There is no operator table of that name."""

    status: ClassVar[int] = 2


class Operator(Section):
    """An operator that the target takes, and when.

    `newest` is the newest version of it that is taken, `runtime` the least version of the target's
    runtime, `types` those of activations where they are not the table's, `rank` and `elements` the
    most that an activation may have. Without `rules` it is not taken; without `doubts` nobody has
    said whether it is. `rewrite` says what helps in either case; `sources` name entries of the
    table's.
    """

    newest: Count
    runtime: Count | None = None
    types: Types | None = None
    rank: Count | None = None
    elements: Count | None = None
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    doubts: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    rewrite: Text | None = None
    sources: Names


class Absent(Section):
    """An operator that the target does not take, and what can be written in its place."""

    rewrite: Text
    sources: Names


class OperatorTable(Section):
    """What a target takes.

    `types` are those that activations may have, `innermost` how many of the innermost dimensions
    may be larger than 1, `activation_bytes` the memory beyond which it is in doubt whether an
    operator's activations fit, `stretches` whether one stretch of a model or all of them run on the
    target. `general` says by rule what helps, for rules that hold for every operator.
    """

    name: FileName
    title: Text
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    types: Types
    stretches: Literal["one", "all"]
    innermost: Count | None = None
    activation_bytes: Count | None = None
    least_runtime: Count | None = None
    general: dict[
        Literal["unknown", "version", "static shape", "rank", "type", "size", "memory"], Text
    ]
    sources: dict[Text, Text]
    operators: Annotated[dict[Text, Operator], Field(min_length=1)]
    absent: dict[Text, Absent] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_are_given(self) -> Self:
        cited = {name: entry.sources for name, entry in self.operators.items()}
        cited |= {name: entry.sources for name, entry in self.absent.items()}
        for name, sources in cited.items():
            unknown = [source for source in sources if source not in self.sources]
            if unknown:
                raise ValueError(f"{name}: there is no source '{unknown[0]}'")
        both = self.operators.keys() & self.absent.keys()
        if both:
            raise ValueError(f"{min(both)} is both taken and absent")
        return self


def table_names() -> list[str]:
    """Return the names of the operator tables that come with `eedge`, sorted."""
    return shipped_names(_SHIPPED)


def load_table(name_or_path: str | Path) -> OperatorTable:
    """Read an operator table by its name, or a user's own by its file's path.

    Raises:
        UnknownTableError: there is no table of that name.
        TableError: the file is missing, damaged or no operator table.
    """
    path = path_of(name_or_path, _SHIPPED, "operator table", UnknownTableError)
    example = f"see {_SHIPPED / 'edgetpu-16.toml'} for an example"
    return read_toml(path, OperatorTable, TableError, "operator table", example)
