"""The stretches in which a model runs: on the accelerator, on the CPU, and what crosses between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from convert.explain.check import Verdict
from convert.explain.macs import macs
from convert.explain.model import Graph, Operator, Tensor

Place = Literal["accelerator", "cpu"]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Operators that run one after the other in one place.

    `takes` and `puts_out` are the activations that come into it and are needed after it.
    """

    place: Place
    operators: tuple[Operator, ...]
    takes: tuple[Tensor, ...]
    puts_out: tuple[Tensor, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(macs(operator) for operator in self.operators)

    @property
    def bytes_in(self) -> int:
        """Bytes that come into it."""
        return sum(tensor.size for tensor in self.takes)

    @property
    def bytes_out(self) -> int:
        """Bytes that go out of it."""
        return sum(tensor.size for tensor in self.puts_out)


def stretches(
    graph: Graph, verdicts: Sequence[Verdict], how_many: Literal["one", "all"]
) -> list[Stretch]:
    """Part a graph as TFLite does: all that can run before anything else has to, then the rest.

    An operator belongs to the first stretch of its kind that is not before what it reads
    (`PartitionGraphIntoIndependentNodeSubsets` in TFLite). If `how_many` is "one", only the first
    stretch that the accelerator takes runs there: what is behind the first operator that it does
    not take stays on the CPU.
    """
    epochs = _epochs(graph, verdicts)
    last_taken = 1 if how_many == "one" else max(epochs, default=0)
    on_accelerator = [epoch % 2 == 1 and epoch <= last_taken for epoch in epochs]
    if how_many == "one":  # What was parted only for the accelerator's sake is one again.
        epochs = [min(epoch, 2) for epoch in epochs]
    found = []
    for epoch in sorted(set(epochs)):
        numbers = [number for number, of in enumerate(epochs) if of == epoch]
        place: Place = "accelerator" if on_accelerator[numbers[0]] else "cpu"
        found.append(_stretch(graph, place, numbers))
    return found


def whole(graph: Graph) -> Stretch:
    """Return the one stretch of a graph that runs on a CPU."""
    return _stretch(graph, "cpu", range(len(graph.operators)))


def _epochs(graph: Graph, verdicts: Sequence[Verdict]) -> list[int]:
    """Number each operator's stretch: odd where the accelerator takes it, even where not."""
    made_in: dict[int, int] = {}
    epochs = []
    for operator, verdict in zip(graph.operators, verdicts, strict=True):
        taken = verdict.answer != "no"
        epoch = max((made_in.get(id(tensor), 0) for tensor in operator.activations), default=0)
        if epoch % 2 != taken:
            epoch += 1
        epochs.append(epoch)
        made_in.update((id(tensor), epoch) for tensor in operator.outputs)
    return epochs


def _stretch(graph: Graph, place: Place, numbers: Sequence[int]) -> Stretch:
    inside = [graph.operators[number] for number in numbers]
    outside = [operator for operator in graph.operators if operator not in inside]
    made = {id(tensor): tensor for operator in inside for tensor in operator.outputs}
    read = {id(tensor): tensor for operator in inside for tensor in operator.activations}
    needed = {id(tensor) for operator in outside for tensor in operator.activations}
    needed |= {id(tensor) for tensor in graph.outputs}
    return Stretch(
        place,
        tuple(inside),
        tuple(tensor for key, tensor in read.items() if key not in made),
        tuple(tensor for key, tensor in made.items() if key in needed),
    )
