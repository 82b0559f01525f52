"""What a target makes of one file, and of a bundle: figures, reasons, and a gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boards.board import Board
from boards.errors import GateError
from boards.table import OperatorTable, load_table
from convert.explain.check import Verdict, check
from convert.explain.macs import macs, weights
from convert.explain.model import Graph, Operator, Tensor, read_model
from convert.explain.stretches import Stretch, stretches, whole


@dataclass(frozen=True, eq=False)
class Explained:
    """What a target makes of one graph.

    `verdicts` has one for each operator of `graph`, in its order.
    """

    file: str
    graph: Graph
    verdicts: tuple[Verdict, ...]
    stretches: tuple[Stretch, ...]

    @property
    def rows(self) -> list[tuple[Operator, Verdict, str]]:
        """Operators, with their verdict and the place where they run."""
        places = {
            id(operator): stretch.place
            for stretch in self.stretches
            for operator in stretch.operators
        }
        return [
            (operator, verdict, places[id(operator)])
            for operator, verdict in zip(self.graph.operators, self.verdicts, strict=True)
        ]

    @property
    def accelerated(self) -> list[Operator]:
        """The operators that run on the accelerator."""
        return [operator for operator, _, place in self.rows if place == "accelerator"]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(map(macs, self.graph.operators))

    @property
    def mapped_macs(self) -> int:
        """Those of them that run on the accelerator."""
        return sum(map(macs, self.accelerated))

    @property
    def mapped_share(self) -> float:
        """Share of the multiply-accumulates on the accelerator; of the operators if there are none.

        A file of no operators has a share of 1.
        """
        if self.macs:
            return self.mapped_macs / self.macs
        count = len(self.graph.operators)
        return len(self.accelerated) / count if count else 1.0

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights that the accelerator reads: what fills its parameter cache."""
        read = {id(t): t for operator in self.accelerated for t in weights(operator)}
        return sum(tensor.size for tensor in read.values())

    @property
    def crossing_bytes(self) -> int:
        """Bytes that cross between the CPU and the accelerator at one run."""
        return sum(s.bytes_in + s.bytes_out for s in self.stretches if s.place == "accelerator")


@dataclass(frozen=True)
class Border:
    """Two files of a bundle, one after the other, where integers mean something else."""

    before: str
    after: str
    detail: str


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a board makes of a file or of a bundle's files, which are in the order of running."""

    board: Board
    table: OperatorTable | None
    files: tuple[Explained, ...]
    graphs: dict[str, int]
    """How many graphs each file holds, of which the one that is worst off is in `files`."""
    borders: tuple[Border, ...] = ()

    @property
    def mapped_share(self) -> float:
        """Share of all multiply-accumulates on the accelerator."""
        total = sum(file.macs for file in self.files)
        if not total:
            return min((file.mapped_share for file in self.files), default=1.0)
        return sum(file.mapped_macs for file in self.files) / total

    @property
    def cache_bytes(self) -> float | None:
        """What the board keeps of weights between runs; None if that is not said."""
        cache = self.board.limits.parameter_cache_bytes
        return cache.value if cache else None

    @property
    def streamed_bytes(self) -> list[int]:
        """Bytes of weights that each file has sent to the accelerator at every run.

        The cache is filled in the order of the files, and what does not fit is streamed: as the
        Edge TPU's compiler does with several models on one command.
        """
        left = self.cache_bytes
        streamed = []
        for file in self.files:
            kept = file.weight_bytes if left is None else min(file.weight_bytes, int(left))
            streamed.append(file.weight_bytes - kept)
            left = None if left is None else left - kept
        return streamed

    def check(self, least: float) -> None:
        """Raise `GateError` unless every file has at least the share `least` on the accelerator."""
        poor = [file for file in self.files if file.mapped_share < least]
        if poor:
            worst = min(poor, key=lambda file: file.mapped_share)
            raise GateError(
                f"{len(poor)} of {len(self.files)} files have less than {least:.0%} of their "
                f"multiply-accumulates on the accelerator; least: {worst.file} "
                f"with {worst.mapped_share:.1%}",
                "the table above names the rewrite for each operator that is not mapped",
            )


def explain(
    paths: Sequence[Path], board: Board, pairs: Sequence[tuple[Path, Path]] = ()
) -> Explanation:
    """Explain what a board makes of files.

    Args:
        paths: `.tflite` files, in the order in which they are run.
        board: whose operator table counts; a board without one takes every operator.
        pairs: those of them of which the second reads what the first puts out.

    Raises:
        ModelError: a file cannot be read.
        TableError: the board names a table that does not exist or is damaged.
    """
    table = load_table(board.operators) if board.operators else None
    graphs = {path: read_model(path) for path in paths}
    files = tuple(_worst(path.name, graphs[path], board, table) for path in paths)
    by_path = dict(zip(paths, files, strict=True))
    borders = [
        border for before, after in pairs if (border := _border(by_path[before], by_path[after]))
    ]
    counts = {path.name: len(found) for path, found in graphs.items()}
    return Explanation(board, table, files, counts, tuple(borders))


def explain_graph(
    file: str, graph: Graph, table: OperatorTable | None, on_accelerator: bool = True
) -> Explained:
    """Hold one graph against a table; nothing runs on an accelerator that is not there."""
    verdicts = tuple(check(operator, table) for operator in graph.operators)
    if not on_accelerator:
        return Explained(file, graph, verdicts, (whole(graph),))
    how_many = table.stretches if table else "all"
    return Explained(file, graph, verdicts, tuple(stretches(graph, verdicts, how_many)))


def _worst(
    file: str, graphs: Sequence[Graph], board: Board, table: OperatorTable | None
) -> Explained:
    """Explain each graph of a file, and return the one that is worst off, or else the largest."""
    explained = [explain_graph(file, graph, table, board.target != "cpu") for graph in graphs]
    return min(explained, key=lambda one: (one.mapped_share, -one.macs))


def _border(before: Explained, after: Explained) -> Border | None:
    out = next(iter(before.graph.outputs), None)
    taken = _same_shape(after.graph.inputs, out)
    if out is None or taken is None:
        return None
    if out.type != taken.type:
        return Border(before.file, after.file, f"{out.type} becomes {taken.type}")
    if (out.scales, out.zero_points) != (taken.scales, taken.zero_points):
        scales = (tensor.scales[0] if tensor.scales else 0.0 for tensor in (out, taken))
        shown = " becomes ".join(f"{scale:.4g}" for scale in scales)
        return Border(before.file, after.file, f"a scale of {shown}")
    return None


def _same_shape(tensors: Sequence[Tensor], like: Tensor | None) -> Tensor | None:
    return next((t for t in tensors if like is not None and t.shape == like.shape), None)
