"""Hold one operator against a table: taken or not, which rules it breaks, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from boards.table import Operator as Entry
from boards.table import OperatorTable, Rule
from convert.explain.model import Operator, Tensor
from convert.explain.rules import CHECKS, shape_text

Answer = Literal["yes", "doubtful", "no"]


@dataclass(frozen=True)
class Break:
    """A rule that an operator breaks.

    `detail` says how, `rewrite` what helps, `sources` where the rule is from. If it is not
    `certain`, nobody has said that the operator is then refused, nor that it is taken.
    """

    rule: str
    detail: str
    rewrite: str
    sources: tuple[str, ...] = ()
    certain: bool = True


@dataclass(frozen=True)
class Verdict:
    """Whether a target takes an operator, and every rule that it breaks, the gravest first."""

    breaks: tuple[Break, ...] = ()

    @property
    def answer(self) -> Answer:
        """`no` if it breaks a rule for certain, `doubtful` if it breaks others, or `yes`."""
        if not self.breaks:
            return "yes"
        return "no" if any(found.certain for found in self.breaks) else "doubtful"


def check(operator: Operator, table: OperatorTable | None) -> Verdict:
    """Hold an operator against a table; without a table, everything is taken."""
    if table is None:
        return Verdict()
    entry = table.operators.get(operator.name)
    if entry is None or not operator.outputs:
        return Verdict((_unknown(operator, table),))
    breaks = [
        *_general(operator, entry, table),
        *_own(operator, entry, table, entry.rules),
        *_own(operator, entry, table, entry.doubts, certain=False),
    ]
    return Verdict(tuple(sorted(breaks, key=lambda found: not found.certain)))


def _unknown(operator: Operator, table: OperatorTable) -> Break:
    absent = table.absent.get(operator.name)
    if absent is None:
        return Break("unknown", "it is not in the table", table.general["unknown"])
    return Break("unknown", "it is not taken at all", absent.rewrite, _cite(table, absent.sources))


def _general(operator: Operator, entry: Entry, table: OperatorTable) -> Iterator[Break]:
    """Try what is asked of every operator: version, types, fixed shapes, dimensions, memory."""
    taken = [*operator.activations, *operator.outputs]
    sources, helps = _cite(table, entry.sources), table.general
    if operator.version > entry.newest:
        detail = f"version {operator.version}, newest taken {entry.newest}"
        yield Break("version", detail, helps["version"], sources)
    allowed = entry.types or table.types
    wrong = {tensor.type: None for tensor in taken if tensor.type not in allowed}
    if wrong and "integers on both sides" not in entry.rules:
        yield Break("type", f"it works on {', '.join(wrong)}", helps["type"], sources)
    dynamic = next((tensor for tensor in taken if not tensor.is_static), None)
    if dynamic is not None:
        detail = f"a tensor is {shape_text(dynamic.shape)}"
        yield Break("static shape", detail, helps["static shape"], sources)
        return
    deep = next((tensor for tensor in taken if _is_too_deep(tensor, entry, table)), None)
    if deep is not None and not _has_batch(operator, entry):
        yield Break("rank", f"a tensor is {shape_text(deep.shape)}", helps["rank"], sources)
    most = max((tensor.elements for tensor in taken), default=0)
    if entry.elements is not None and most > entry.elements:
        detail = f"{most:,} elements, {entry.elements:,} at most"
        yield Break("size", detail, entry.rewrite or helps["size"], sources)
    used = sum(tensor.size for tensor in taken)
    if table.activation_bytes is not None and used > table.activation_bytes:
        # Not certain: the compiler has mapped what works on an image in stripes, and refused less.
        detail = f"{used:,} bytes in and out, the chip has {table.activation_bytes:,}"
        yield Break("memory", detail, helps["memory"], _cite(table, ("memory",)), certain=False)


def _has_batch(operator: Operator, entry: Entry) -> bool:
    """Tell whether its fourth dimension is a batch, which its own rule speaks of."""
    return "batch is 1" in entry.rules and CHECKS["batch is 1"](operator) is not None


def _is_too_deep(tensor: Tensor, entry: Entry, table: OperatorTable) -> bool:
    if entry.rank is not None and len(tensor.shape) > entry.rank:
        return True
    if table.innermost is None:
        return False
    return any(length > 1 for length in tensor.shape[: -table.innermost])


def _own(
    operator: Operator,
    entry: Entry,
    table: OperatorTable,
    rules: tuple[Rule, ...],
    certain: bool = True,
) -> Iterator[Break]:
    for rule in rules:
        detail = CHECKS[rule](operator)
        if detail is not None:
            rewrite = table.general["rank"] if rule == "batch is 1" else entry.rewrite
            help_ = rewrite or table.general["unknown"]
            yield Break(rule, detail, help_, _cite(table, entry.sources), certain)


def _cite(table: OperatorTable, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(table.sources[name] for name in names if name in table.sources)
