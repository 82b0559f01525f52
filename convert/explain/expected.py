"""What the Edge TPU's compiler is expected to print of a model, in its own words."""

from __future__ import annotations

from collections import Counter

from convert.explain.check import Verdict
from convert.explain.explained import Explained

MAPPED = "Mapped to Edge TPU"
STRANDED = "More than one subgraph is not supported"
NOT_KNOWN = "Operation not supported"
NO_REASON = "Operation is otherwise supported, but not mapped due to some unspecified limitation"
_STATUSES = {
    "unknown": NOT_KNOWN,
    "version": "Operation version not supported",
    "type": "Operation is working on an unsupported data type",
    "rank": "Tensor has unsupported rank (up to 3 innermost dimensions mapped)",
    "batch is 1": "Tensor has unsupported rank (up to 3 innermost dimensions mapped)",
    "stride 1": "Only Strided-Slice with unitary strides supported",
}
"""By the rule that is broken; for all others it gives no reason."""

_FLOAT_ONLY = {"DEQUANTIZE"}
"""Operators that always have float on one side, of which the compiler says that."""


def status(operator: str, verdict: Verdict, on_accelerator: bool) -> str:
    """Return the compiler's status for an operator of which we think so."""
    if on_accelerator:
        return MAPPED
    if verdict.answer != "no":
        return STRANDED
    if operator in _FLOAT_ONLY:
        return _STATUSES["type"]
    return _STATUSES.get(verdict.breaks[0].rule, NO_REASON)


def expected_table(explained: Explained) -> Counter[tuple[str, str]]:
    """Return how many operators of each kind are expected to have each status."""
    return Counter(
        (operator.name, status(operator.name, verdict, place == "accelerator"))
        for operator, verdict, place in explained.rows
    )


def left_to_cpu(explained: Explained, least: float) -> int:
    """Return how many operators are expected to stay on the CPU, if they compute little.

    A front end on raw sound begins there, with a quarter of its operators and a hundredth of its
    multiply-accumulates. It is 0 where less than the share `least` of these is mapped.
    """
    if explained.mapped_share < least:
        return 0
    return sum(count for (_, said), count in expected_table(explained).items() if said != MAPPED)
