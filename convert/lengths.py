"""One length taken out of a file that was exported for several, in a form that older readers know.

Converters write weights behind a model's tables, and name them by `offset` and `size` of a buffer.
Those are newer than the Edge TPU's compiler, and TFLite Micro does not read them: it takes such
weights for something to be computed, without a word. So they are written into the tables.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from convert.errors import ConversionError
from convert.explain.model import READER_ERRORS, parse_model
from edge.flatbuffer import ALIGNMENT
from edge.join import join
from edge.parts import IDENTIFIER


def of_length(path: Path, length: int) -> bytes:
    """Return a `.tflite` of a bundle with one length alone, in encoder frames, weights within.

    Raises:
        ConversionError: it is no TFLite model, or has no such length.
    """
    content = path.read_bytes()
    several = len(parse_model(content, str(path))) > 1
    signature = f"t{length}"
    try:
        one = join({signature: [content]}, signature).content if several else content
        return _with_weights_within(one)
    except READER_ERRORS as error:
        raise ConversionError(f"{path}: its length {length} cannot be taken out of it") from error


def _with_weights_within(content: bytes) -> bytes:
    """Write a model anew, each of its weights within its tables at a multiple of 16 bytes."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    class Aligning(flatbuffers.Builder):  # type: ignore[misc]  # flatbuffers has no types
        """Begins vectors of bytes where TFLite's schema wants them, unlike the generated writer."""

        def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:  # noqa: N802, N803
            wanted = ALIGNMENT if elemSize == 1 else alignment
            return int(super().StartVector(elemSize, numElems, wanted))

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    for buffer in model.buffers:
        if buffer.offset > 1:
            data = content[buffer.offset : buffer.offset + buffer.size]
            buffer.data, buffer.offset, buffer.size = np.frombuffer(data, np.uint8), 0, 0
    builder = Aligning(len(content))
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())
