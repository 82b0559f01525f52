"""Each rule of an operator table, as a function that says how an operator breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from boards.table import Rule
from convert.explain.model import Operator, Tensor

Check = Callable[[Operator], str | None]
"""Returns what breaks the rule, in few words, or None if nothing does."""

LARGEST_WINDOW = 64 * 128
"""Places over which MEAN is known to be mapped; over 128 × 256 it was not (edgetpu issue 461)."""

_INNERMOST = 3
_ACTIVATIONS = {0: "none", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH", 5: "SIGN_BIT"}


def shape_text(shape: Iterable[int]) -> str:
    """Write a shape as 1 × 384 × 144, with ? for a dimension that is not fixed."""
    return " × ".join("?" if length < 0 else str(length) for length in shape) or "a single number"


def _constant_weights(operator: Operator) -> str | None:
    weights = operator.input(1)
    return None if weights is None or weights.is_constant else "its weights are computed"


def _default_weights_format(operator: Operator) -> str | None:
    return "its weights are shuffled" if operator.options.get("WeightsFormat") else None


def _is_one_dimensional(tensor: Tensor) -> bool:
    return all(length == 1 for length in tensor.shape[:-1])


def _one_dimensional_output(operator: Operator) -> str | None:
    output = operator.outputs[0]
    return None if _is_one_dimensional(output) else f"its output is {shape_text(output.shape)}"


def _equal_dilation(operator: Operator) -> str | None:
    height, width = (operator.options.get(f"Dilation{axis}Factor", 1) for axis in "HW")
    return None if height == width else f"its dilation is {height} × {width}"


def _no_fused_activation(operator: Operator) -> str | None:
    function = operator.options.get("FusedActivationFunction", 0)
    return f"{_ACTIVATIONS.get(function, function)} is fused into it" if function else None


def _zero_padding_only(operator: Operator) -> str | None:
    constants = operator.constants
    if not constants:
        return None
    if len(operator.inputs) != 2:
        return f"a constant among {len(operator.inputs)} inputs"
    values, zero = constants[0].values(), next(iter(constants[0].zero_points), 0)
    return None if values is not None and np.all(values == zero) else "a constant that is not zero"


def _equal_scales(operator: Operator) -> str | None:
    tensors = [tensor for tensor in operator.inputs if tensor is not None]
    if operator.name == "CONCATENATION":
        tensors.append(operator.outputs[0])
    quantisations = [(t.scales[0], t.zero_points[0]) for t in tensors if t.scales and t.zero_points]
    if len(set(quantisations)) < 2:
        return None
    scales = ", ".join(dict.fromkeys(f"{scale:.4g}" for scale, _ in quantisations))
    return f"scales of {scales}" if "," in scales else "zero points that differ"


def _batch_is_1(operator: Operator) -> str | None:
    for tensor in (*operator.activations, *operator.outputs):
        if len(tensor.shape) > _INNERMOST and tensor.shape[0] > 1:
            return f"a batch of {tensor.shape[0]}"
    return None


def _axes(operator: Operator) -> list[int]:
    """Return the axes that an operator works over, counted from the first; none if not known."""
    taken = next(iter(operator.activations), None)
    if taken is None:
        return []
    if operator.name == "PAD":
        padding = operator.input(1)
        values = padding.values() if padding else None
        pairs = [] if values is None else values.reshape(-1, 2).tolist()
        return [axis for axis, pair in enumerate(pairs) if any(pair)]
    if operator.name in ("PACK", "CONCATENATION"):
        axes, rank = [operator.options.get("Axis", 0)], len(operator.outputs[0].shape)
    else:
        given = operator.input(0 if operator.name == "SPLIT" else 1)
        values = given.values() if given else None
        axes, rank = ([] if values is None else values.tolist()), len(taken.shape)
    return [axis % rank for axis in axes if rank]


def _not_over_the_batch(operator: Operator) -> str | None:
    rank = max((len(t.shape) for t in (*operator.activations, *operator.outputs)), default=0)
    if rank > _INNERMOST and 0 in _axes(operator):
        return "it works over the first of four dimensions"
    return None


def _depth_a_multiple_of_4(operator: Operator) -> str | None:
    shape = operator.activations[0].shape if operator.activations else ()
    if shape and len(shape) - 1 in _axes(operator) and shape[-1] % 4:
        return f"a mean over {shape[-1]} channels"
    return None


def _small_window(operator: Operator) -> str | None:
    shape = operator.activations[0].shape if operator.activations else ()
    places = int(np.prod([shape[axis] for axis in _axes(operator)], dtype=np.int64))
    if places > LARGEST_WINDOW:
        return f"a mean over {places:,} places; {LARGEST_WINDOW:,} are known to work"
    return None


def _stride_1(operator: Operator) -> str | None:
    given = operator.input(3)
    strides = given.values() if given else None
    if strides is None:
        return "strides that are computed"
    return None if np.all(strides == 1) else f"strides of {shape_text(strides.tolist())}"


def _one_dimensional(operator: Operator) -> str | None:
    output = operator.outputs[0]
    return None if _is_one_dimensional(output) else f"it runs over {shape_text(output.shape)}"


def _one_dimensional_alpha(operator: Operator) -> str | None:
    alpha = operator.input(1)
    if alpha is None or _is_one_dimensional(alpha):
        return None
    return f"its alpha is {shape_text(alpha.shape)}"


def _integers_on_both_sides(operator: Operator) -> str | None:
    tensors = (*operator.activations, *operator.outputs)
    other = [tensor.type for tensor in tensors if tensor.type not in ("INT8", "UINT8")]
    return f"{other[0]} on one side" if other else None


def _constant_operands(operator: Operator) -> str | None:
    given = [tensor for tensor in operator.inputs[1:] if tensor is not None]
    return None if all(tensor.is_constant for tensor in given) else "an operand that is computed"


def _one_scale_for_weights(operator: Operator) -> str | None:
    weights = operator.input(1)
    count = len(weights.scales) if weights else 0
    return f"its weights have {count} scales" if count > 1 else None


CHECKS: dict[Rule, Check] = {
    "constant weights": _constant_weights,
    "default weights format": _default_weights_format,
    "one-dimensional output": _one_dimensional_output,
    "equal dilation": _equal_dilation,
    "no fused activation": _no_fused_activation,
    "zero padding only": _zero_padding_only,
    "equal scales": _equal_scales,
    "batch is 1": _batch_is_1,
    "not over the batch": _not_over_the_batch,
    "depth a multiple of 4": _depth_a_multiple_of_4,
    "small window": _small_window,
    "stride 1": _stride_1,
    "one-dimensional": _one_dimensional,
    "one-dimensional alpha": _one_dimensional_alpha,
    "integers on both sides": _integers_on_both_sides,
    "constant operands": _constant_operands,
    "one scale for weights": _one_scale_for_weights,
}
