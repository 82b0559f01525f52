"""The borders of a file: f32 on our side of them, the integers that it computes in on the other.

Where one file puts out integers at the scale at which the next takes them, going through f32
between the two changes none of them.
"""

from __future__ import annotations

import numpy as np

from edge.library import Array, IoTensor, Tensor, TensorDetails

Border = TensorDetails | IoTensor
"""What the interpreter says of an input or output: among the rest its type, scale and zero point.
"""

_LEVELS: dict[type, tuple[int, int]] = {np.int8: (-128, 127), np.uint8: (0, 255)}
"""The integers in which a file may take and put out numbers."""


def is_known(border: Border) -> bool:
    """Tell whether numbers of this type can be brought across."""
    return border["dtype"] is np.float32 or border["dtype"] in _LEVELS


def quantised(values: Tensor, border: Border) -> Array:
    """Return f32 values as what the file takes."""
    levels = _LEVELS.get(border["dtype"])
    if levels is None:
        return values
    scale, zero = border["quantization"]
    return np.asarray(np.clip(np.round(values / scale) + zero, *levels), border["dtype"])


def real(values: Array, border: Border) -> Tensor:
    """Return what the file puts out as f32."""
    found = values.astype(np.float32, copy=False)
    if border["dtype"] not in _LEVELS:
        return found
    scale, zero = border["quantization"]
    return np.asarray((found - zero) * scale, np.float32)
