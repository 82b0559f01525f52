"""A bundle's files in the order in which they are run, and which reads what another puts out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from boards.board import Board
from convert.explain.explained import Explanation, explain
from edge.bundle import Bundle


def explain_path(path: Path, board: Board) -> Explanation:
    """Explain what a board makes of a bundle's folder, or of one `.tflite`.

    Raises:
        ModelError: a file is missing, or no TFLite model.
        BundleError: the folder is no bundle, or was changed.
    """
    if not path.is_dir():
        return explain([path], board)
    bundle = Bundle.open(path)
    return explain(run_order(bundle), board, _pairs(bundle))


def run_order(bundle: Bundle) -> list[Path]:
    """Return the files in the order in which an utterance runs them to its last exit.

    The earliest are run by every utterance: they are to have the parameter cache first.
    """
    return [bundle.path / name for name in bundle.manifest.models]


def _pairs(bundle: Bundle) -> list[tuple[Path, Path]]:
    manifest = bundle.manifest
    hidden = [manifest.frontend, *manifest.blocks]
    branches = [*manifest.exits.items(), *manifest.unit_branches.items()]
    pairs = [*pairwise(hidden), *((hidden[depth], name) for depth, name in branches)]
    return [(bundle.path / before, bundle.path / after) for before, after in pairs]
