"""Whether a bundle fits a microcontroller, as text for people and as fields for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eedge.columns import columns
from eedge.progress import stage

if TYPE_CHECKING:
    from boards.board import Board
    from convert.explain.explained import Explanation
    from edge.arenas import Arena, Arenas
    from edge.budget import Account, Budget

_WIDTH = 100
_NOT_MEASURED = (
    "The arena is not measured: TFLite Micro's interpreter is not on this machine, and the bundle "
    "was converted without it. {install}"
)
_MEASURED = (
    "An arena is the least in which {interpreter} runs a file at one length, by its reference "
    "kernels on the CPU, before compiling. 'kept' is the part that is kept about operators and "
    "tensors, here with pointers of 8 bytes, on a microcontroller of 4. Operators: {operators}."
)


@dataclass(frozen=True)
class Fitting:
    """What was measured of a bundle, if it was, and what the whole takes of a board."""

    arenas: Arenas | None
    budget: Budget
    operators: tuple[str, ...]
    lacking: Mapping[str, str]
    """Files that cannot run there, with an operator that is lacking."""


def fitting_of(path: Path, board: Board, explanation: Explanation) -> Fitting | None:
    """Find out what a bundle takes; None for a board that is no microcontroller.

    Raises:
        BundleError: what the bundle says of itself is damaged.
        MicroError: TFLite Micro's interpreter fails.
    """
    from convert.micro.arenas import lacking, measure_arenas
    from convert.micro.interpreter import is_installed
    from edge.arenas import Arenas
    from edge.budget import budget_of
    from edge.bundle import Bundle

    if board.room is None:
        return None
    bundle = Bundle.open(path, verify=False)
    arenas = Arenas.of(bundle)
    if arenas is None and is_installed():
        with stage("running TFLite Micro") as on_progress:
            arenas = measure_arenas(bundle, on_progress)
    budget = budget_of(bundle, board, arenas)
    operators = {each.name for file in explanation.files for each in file.graph.operators}
    if budget is None:
        return None
    return Fitting(arenas, budget, tuple(sorted(operators)), lacking(bundle, arenas, board))


def budget_at(path: Path, board: Board) -> Budget | None:
    """Return what a bundle takes by what it says of itself: nothing is measured for it."""
    from edge.arenas import Arenas
    from edge.budget import budget_of
    from edge.bundle import Bundle

    bundle = Bundle.open(path, verify=False)
    return budget_of(bundle, board, Arenas.of(bundle))


def show(fitting: Fitting) -> str:
    """Return the arena of each file, and the budget."""
    from convert.micro.interpreter import INSTALL

    if fitting.arenas is None:
        arenas = textwrap.fill(_NOT_MEASURED.format(install=INSTALL), _WIDTH)
    else:
        explained = _MEASURED.format(
            interpreter=fitting.arenas.interpreter, operators=", ".join(fitting.operators)
        )
        wrapped = textwrap.fill(explained, _WIDTH, break_on_hyphens=False)
        arenas = f"{_show_arenas(fitting.arenas)}\n\n{wrapped}"
    for name, operator in fitting.lacking.items():
        arenas += f"\n{name} cannot run there: nothing on the board has {operator}."
    return f"{arenas}\n\n{show_budget(fitting.budget)}"


def show_budget(budget: Budget) -> str:
    """Return what is taken of flash and of memory, item by item."""
    parts = [_show_account(account, budget) for account in (budget.storage, budget.memory)]
    return "\n\n".join(parts)


def fields(fitting: Fitting) -> dict[str, object]:
    """Return everything for JSON."""
    arenas = fitting.arenas.model_dump(mode="json") if fitting.arenas else None
    operators = list(fitting.operators)
    return {
        "arenas": arenas,
        "operators": operators,
        "lacking": dict(fitting.lacking),
        "budget": budget_fields(fitting.budget),
    }


def budget_fields(budget: Budget) -> dict[str, object]:
    """Return a budget for JSON; a size that is not known is null."""
    return {
        "board": budget.board,
        "frames": budget.length,
        **{
            account.name: {
                "bytes": account.size,
                "limit_bytes": int(account.limit.value),
                "excess_bytes": account.excess,
                "complete": account.is_known,
                "source": account.limit.source,
                "items": [asdict(item) for item in account.items],
            }
            for account in (budget.storage, budget.memory)
        },
    }


def _show_arenas(arenas: Arenas) -> str:
    lengths = sorted({length for of_file in arenas.files.values() for length in of_file})
    heads = [cell for length in lengths for cell in (f"arena t{length}", "kept")]
    rows = [["file", *heads]]
    refusals: dict[str, list[str]] = {}
    for name, of_file in arenas.files.items():
        rows.append([name, *(cell for length in lengths for cell in _cells(of_file.get(length)))])
        for one in of_file.values():
            if one.refusal:
                refusals.setdefault(one.refusal, []).append(name)
    notes = [
        f"not run: {', '.join(dict.fromkeys(names))}: {why}" for why, names in refusals.items()
    ]
    wrapped = [textwrap.fill(note, _WIDTH, subsequent_indent="  ") for note in notes]
    return "\n".join([columns(rows, left=(0,)), *wrapped])


def _cells(arena: Arena | None) -> tuple[str, str]:
    if arena is None or arena.arena_bytes is None:
        return "-", "-"
    return f"{arena.arena_bytes:,}", f"{arena.kept_bytes or 0:,}"


def _show_account(account: Account, budget: Budget) -> str:
    length = f", at {budget.length} frames" if account is budget.memory else ""
    rows = [[f"{account.name}{length}", "bytes", ""]]
    for item in account.items:
        size = "not known" if item.size is None else f"{item.size:,}"
        rows.append([f"  {item.name}", size, item.source])
    rows.append(["  together", f"{account.size:,}", _verdict(account)])
    rows.append(["  there are", f"{int(account.limit.value):,}", ""])
    return f"{columns(rows, left=(0, 2))}\n  {account.limit.source}"


def _verdict(account: Account) -> str:
    if account.excess:
        return f"does not fit: {account.excess:,} too many"
    return "fits" if account.is_known else "fits as far as is known"
