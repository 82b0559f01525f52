"""What a run costs on a board that is not at hand: an estimate from the figures of its file.

A stretch on the accelerator takes its multiply-accumulates at the accelerator's rate, what crosses
at the bus's, and one call; weights that the parameter cache does not hold cross at every run. The
CPU has the rest at its own rate. Operators without multiply-accumulates (normalisation, softmax,
reshaping) count as free, as do features and decoding: the estimate is rather too low, and no more
than a way to compare depths before there is a device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from boards.board import Board, Cost, Figure
from boards.errors import EedgeError
from boards.table import OperatorTable, load_table
from convert.explain.bundle import run_order
from convert.explain.explained import Explained, Explanation, explain_graph
from convert.explain.model import Graph, read_model
from edge.bundle import Bundle


class EstimateError(EedgeError):
    """A board's file does not hold what an estimate needs."""


@dataclass(frozen=True)
class Seconds:
    """What an utterance of one length costs at each exit, in seconds.

    `to_here` is the front end (at the first exit) and the blocks from the exit before, `branch` the
    exit's branch.
    """

    to_here: tuple[float, ...]
    branch: tuple[float, ...]


def estimate(bundle: Bundle, board: Board) -> dict[int, Seconds]:
    """Estimate what each length of a bundle costs on a board, by its number of encoder frames.

    Raises:
        EstimateError: the board has no cost model, or not the figure that is needed.
        ModelError: a file is damaged.
    """
    if board.cost is None:
        raise EstimateError(
            f"board '{board.name}' has no cost model", "measure on it: eedge calibrate there"
        )
    table = load_table(board.operators) if board.operators else None
    graphs = {path: read_model(path) for path in run_order(bundle)}
    return {
        bucket: _of_bucket(bundle, board, _of_length(graphs, bucket, board, table))
        for bucket in bundle.manifest.buckets
    }


def file_seconds(file: Explained, streamed_bytes: int, cost: Cost, board: str) -> float:
    """Estimate one run of one file.

    Args:
        file: what the board makes of it.
        streamed_bytes: of weights that are sent to the accelerator at every run.
        cost: the board's.
        board: its name, for messages.

    Raises:
        EstimateError: a figure is needed that `cost` does not hold.
    """
    on_accelerator = [stretch for stretch in file.stretches if stretch.place == "accelerator"]
    rest = sum(stretch.macs for stretch in file.stretches if stretch.place == "cpu")
    call = cost.call_overhead_s.value if cost.call_overhead_s else 0.0
    if not on_accelerator and cost.cpu_mac_per_s is None and cost.bytes_per_s is None:
        return rest / cost.mac_per_s.value + call
    seconds = 0.0
    if rest:
        seconds += rest / _needed(cost.cpu_mac_per_s, "cpu_mac_per_s", board)
    if on_accelerator:
        crossing = file.crossing_bytes + streamed_bytes
        seconds += crossing / _needed(cost.bytes_per_s, "bytes_per_s", board)
        seconds += sum(stretch.macs for stretch in on_accelerator) / cost.mac_per_s.value
    return seconds + call * max(1, len(on_accelerator))


def _needed(figure: Figure | None, name: str, board: str) -> float:
    if figure is None:
        raise EstimateError(
            f"board '{board}' does not say its {name}, which this bundle needs: "
            "not all of it runs on the accelerator",
            f"see what does not: eedge explain BUNDLE --board {board}",
            "give the figure in a board file of your own, with its source",
        )
    return figure.value


def _of_length(
    graphs: Mapping[Path, Iterable[Graph]], bucket: int, board: Board, table: OperatorTable | None
) -> Explanation:
    """Explain those graphs of all files that are of one length."""
    files = []
    for path, of_file in graphs.items():
        graph = next((graph for graph in of_file if graph.name == f"t{bucket}"), None)
        if graph is None:
            raise EstimateError(f"{path}: was not exported for {bucket} frames")
        files.append(explain_graph(path.name, graph, table, board.target != "cpu"))
    return Explanation(board, table, tuple(files), {file.file: 1 for file in files})


def _of_bucket(bundle: Bundle, board: Board, explanation: Explanation) -> Seconds:
    assert board.cost is not None
    streamed = zip(explanation.files, explanation.streamed_bytes, strict=True)
    seconds = {
        file.file: file_seconds(file, count, board.cost, board.name) for file, count in streamed
    }
    manifest = bundle.manifest
    to_here, before = [], 0
    for exit in manifest.exits:
        blocks = sum(seconds[name] for name in manifest.blocks[before:exit])
        to_here.append(blocks + (0.0 if before else seconds[manifest.frontend]))
        before = exit
    branch = [seconds[name] for name in manifest.exits.values()]
    return Seconds(tuple(to_here), tuple(branch))
