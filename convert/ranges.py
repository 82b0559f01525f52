"""The range of a tensor in which 256 levels lose least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from convert.explain.model import Graph, Operator, read_model

Range = tuple[float, float]
"""The least and the greatest value."""
Inputs = dict[str, npt.NDArray[np.float32]]
Counts = npt.NDArray[np.int64]

_BINS = 1024
_SHARES = np.linspace(0.4, 1.0, 13)
"""Shares of what was seen on each side of 0 that are tried as ends."""

_WRITERS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "SUB", "MUL"})
_FEWEST_CHANNELS = 16


def least_error(counts: Counts, seen: Range) -> Range:
    """Return the range with the least squared error of what is counted, rounded or cut off.

    Frames have few large values; cutting those off a little makes the steps finer for all others.
    The same is minimised in arXiv 1810.05723 and 2106.08295, section 3.1.

    Args:
        counts: how many values lay in each of equal bins.
        seen: the range that the bins divide.
    """
    low, high = seen
    values = low + (np.arange(len(counts)) + 0.5) * (high - low) / len(counts)

    def error(low: float, high: float) -> float:
        cut = np.clip(values, low, high) - values
        rounded = ((high - low) / 255) ** 2 / 12
        return float((counts * np.where(cut == 0, rounded, cut * cut)).sum())

    least, greatest = min(low, 0.0), max(high, 0.0)
    low, high = least, greatest
    for _ in range(3):  # Each end in turn; more rounds change nothing.
        low = min((least * share for share in _SHARES), key=lambda end: error(end, high))
        high = min((greatest * share for share in _SHARES), key=lambda end: error(low, end))
    return low, high


def count(values: Iterable[npt.NDArray[np.float32]], seen: Range) -> Counts:
    """Count how many values of all arrays lie in each of equal bins that divide `seen`."""
    total = np.zeros(_BINS, np.int64)
    for each in values:
        total += np.histogram(each, bins=_BINS, range=seen)[0]
    return total


def narrowed(
    path: Path, samples: Mapping[str, Iterable[Inputs]], seen: Mapping[str, Range]
) -> dict[str, Range]:
    """Return the ranges of least error of a float model's frames of features, by tensor.

    Args:
        path: the `.tflite` in float32.
        samples: inputs by signature.
        seen: ranges of tensors by name, over these samples; others are left out.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    wanted = {name for graph in read_model(path) for name in _frames_of_features(graph)}
    found = {}
    for signature, inputs in samples.items():
        # One for each length: it keeps all that it computes. Delegates would not.
        model = Interpreter(
            str(path),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        number = model._interpreter.GetSubgraphIndexFromSignature(signature)
        run = model.get_signature_runner(signature)
        places = {
            details["name"]: details["index"]
            for details in model.get_tensor_details(number)
            if details["name"] in wanted and np.ptp(seen.get(details["name"], (0.0, 0.0))) > 0
        }
        counts = {name: np.zeros(_BINS, np.int64) for name in places}
        for each in inputs:
            run(**each)
            for name, place in places.items():
                counts[name] += count([model.get_tensor(place, number)], seen[name])
        found.update({name: least_error(counts[name], seen[name]) for name in places})
    return found


def _frames_of_features(graph: Graph) -> Iterable[str]:
    """Yield the tensors [.., frames, channels] that may be cut off.

    Not squares, whose mean is looked for and would be too small, nor what relates frames to frames,
    which are products over pairs of them.
    """
    for operator in graph.operators:
        if operator.name not in _WRITERS or _is_square(operator):
            continue
        for tensor in operator.outputs:
            *others, frames, channels = (1, 1, *tensor.shape)
            is_of_pairs = max(others) > 1 and not operator.name.endswith("CONV_2D")
            if channels >= _FEWEST_CHANNELS and channels != frames and not is_of_pairs:
                yield tensor.name


def _is_square(operator: Operator) -> bool:
    taken = operator.activations
    return operator.name == "MUL" and len(taken) == 2 and taken[0] is taken[1]
