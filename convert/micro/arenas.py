"""What TFLite Micro needs for every file of a bundle, at every length: measured, and kept there."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from boards.board import Board
from boards.table import load_table
from convert.explain.explained import explain_graph
from convert.explain.model import parse_model
from convert.lengths import of_length
from convert.micro.interpreter import (
    MicroError,
    interpreter_name,
    is_installed,
    measure_needs,
)
from edge import sealed
from edge.arenas import ARENAS, Arena, Arenas
from edge.budget import budget_of
from edge.bundle import Bundle

_MISSING = re.compile(r"Didn't find op for builtin opcode '(\w+)'")
"""What TFLite Micro says of an operator that it does not have."""


def measure_arenas(
    bundle: Bundle, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Arenas:
    """Have TFLite Micro run each file of a bundle, at each length by itself.

    Args:
        bundle: as it was converted: what a compiler made of it runs on its accelerator only.
        on_progress: is given how many lengths of how many are done.

    Raises:
        MicroError: the interpreter is not installed, or fails.
        ConversionError: a file does not have all lengths.
    """
    names, lengths = bundle.manifest.models, bundle.manifest.buckets
    files: dict[str, dict[int, Arena]] = {name: {} for name in names}
    for done, length in enumerate(lengths, start=1):
        with tempfile.TemporaryDirectory(prefix="eedge-micro-") as folder:
            models = [Path(folder, f"{number}.tflite") for number in range(len(names))]
            for name, model in zip(names, models, strict=True):
                model.write_bytes(of_length(bundle.path / name, length))
            for name, model, need in zip(names, models, measure_needs(models), strict=True):
                files[name][length] = need.of_size(model.stat().st_size)
        on_progress(done, len(lengths))
    return Arenas(interpreter=interpreter_name(), files=files)


def record_arenas(folder: Path) -> None:
    """Measure a bundle that is being written, if that can be done here, and write `arenas.json`.

    The manifest is to be written again then: it names every file.
    """
    if is_installed():
        arenas = measure_arenas(Bundle.open(folder, verify=False))
        sealed.write(folder / ARENAS, arenas.model_dump(mode="json"))


def check_fits(folder: Path, board: Board) -> None:
    """Refuse a bundle that does not fit a board or cannot run there, as far as is known.

    Raises:
        DoesNotFitError: saying by how much.
        MicroError: naming an operator that nothing on the board has.
    """
    bundle = Bundle.open(folder, verify=False)
    arenas = Arenas.of(bundle)
    budget = budget_of(bundle, board, arenas)
    if budget is not None:
        budget.check()
    for name, operator in lacking(bundle, arenas, board).items():
        raise MicroError(
            f"{name} cannot run on {board.name}: its accelerator leaves {operator} to the CPU, and "
            "TFLite Micro does not have it",
            "an encoder whose front end takes log-mel features instead of sound",
            f"see what is left to the CPU: eedge explain BUNDLE --board {board.name}",
        )


def lacking(bundle: Bundle, arenas: Arenas | None, board: Board) -> dict[str, str]:
    """Return files that cannot run on a board even compiled, with an operator that is lacking.

    What TFLite Micro does not have does no harm where the accelerator takes it.
    """
    table = load_table(board.operators) if board.operators else None
    found = {}
    for name, of_file in arenas.files.items() if arenas else ():
        for length, arena in of_file.items():
            missing = _MISSING.search(arena.refusal or "")
            if missing is not None:
                graph = parse_model(of_length(bundle.path / name, length), name)[0]
                rows = explain_graph(name, graph, table, board.target != "cpu").rows
                if any(each.name == missing[1] and place == "cpu" for each, _, place in rows):
                    found[name] = missing[1]
    return found
