"""What TFLite Micro needs for every file of a bundle, at every length: measured, and kept there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from boards.board import Board
from convert.lengths import of_length
from convert.micro.interpreter import interpreter_name, is_installed, measure_needs
from edge import sealed
from edge.arenas import ARENAS, Arena, Arenas
from edge.budget import budget_of
from edge.bundle import Bundle


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
    """Refuse a bundle that does not fit a board, as far as is known.

    Raises:
        DoesNotFitError: saying by how much.
    """
    bundle = Bundle.open(folder, verify=False)
    budget = budget_of(bundle, board, Arenas.of(bundle))
    if budget is not None:
        budget.check()
