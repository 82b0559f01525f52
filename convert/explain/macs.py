"""How many multiply-accumulates an operator takes, and how many bytes of weights it reads."""

from __future__ import annotations

import math

from convert.explain.model import Operator, Tensor


def macs(operator: Operator) -> int:
    """Return the multiply-accumulates of one run.

    Those of convolutions and matrix products, and one for each product of MUL: attention that is
    written as MUL and SUM is worth as much as BATCH_MATMUL.
    """
    if not operator.outputs:
        return 0
    output = operator.outputs[0].elements
    match operator.name:
        case "CONV_2D":  # weights [out, height, width, in]
            return output * _per_output(operator.input(1), keep=(0,))
        case "DEPTHWISE_CONV_2D":  # weights [1, height, width, channels]
            return output * _per_output(operator.input(1), keep=(3,))
        case "FULLY_CONNECTED":  # weights [out, in]
            return output * _per_output(operator.input(1), keep=(0,))
        case "TRANSPOSE_CONV":  # weights [out, height, width, in], run over the input
            taken = operator.input(2)
            return taken.elements * _per_output(operator.input(1), keep=(3,)) if taken else 0
        case "BATCH_MATMUL":
            left = operator.input(0)
            return output * left.shape[-1] if left and left.shape else 0
        case "UNIDIRECTIONAL_SEQUENCE_LSTM" | "LSTM":
            taken = operator.input(0)
            steps = taken.shape[-2] if taken and len(taken.shape) > 1 else 1
            return steps * sum(t.elements for t in operator.constants if len(t.shape) == 2)
        case "MUL":
            return output
    return 0


def weights(operator: Operator) -> list[Tensor]:
    """Return the constants that the operator reads as numbers; not axes and shapes."""
    return [tensor for tensor in operator.constants if tensor.scales or "FLOAT" in tensor.type]


def _per_output(kernel: Tensor | None, keep: tuple[int, ...]) -> int:
    if kernel is None:
        return 0
    return math.prod(length for axis, length in enumerate(kernel.shape) if axis not in keep)
