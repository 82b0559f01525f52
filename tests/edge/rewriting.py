"""Models that are written otherwise, or that no converter here writes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from ai_edge_litert.schema_py_generated import Model, ModelT


def rewritten(content: bytes, change: Callable[[ModelT], None] = lambda model: None) -> bytes:
    """Change a model as objects and write it anew; its weights are then inside its tables."""
    model = ModelT.InitFromObj(Model.GetRootAs(content))
    for buffer in model.buffers:
        if buffer.offset > 1:
            data = content[buffer.offset : buffer.offset + buffer.size]
            buffer.data, buffer.offset, buffer.size = np.frombuffer(data, np.uint8), 0, 0
    change(model)
    return _packed(model)


def with_weights_behind(content: bytes) -> bytes:
    """Write a model anew with its weights behind its tables, as large ones are written."""
    model = ModelT.InitFromObj(Model.GetRootAs(rewritten(content)))
    filled = [buffer for buffer in model.buffers if buffer.data is not None]
    weights = [bytes(buffer.data) + bytes(-len(buffer.data) % 16) for buffer in filled]
    for buffer in filled:
        # Any place for now: the tables are as long for every one.
        buffer.size, buffer.offset, buffer.data = len(buffer.data), 2, None
    place = len(_packed(model))
    place += -place % 16
    for buffer, data in zip(filled, weights, strict=True):
        buffer.offset = place
        place += len(data)
    tables = _packed(model)
    return b"".join((tables, bytes(-len(tables) % 16), *weights))


def _packed(model: ModelT) -> bytes:
    flatbuffers = pytest.importorskip("flatbuffers", reason="it is what writes models anew")
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
