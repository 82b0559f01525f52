"""Small `.tflite` files, written operator by operator with TFLite's own schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPTIONS = {
    "ADD": "Add",
    "AVERAGE_POOL_2D": "Pool2D",
    "BATCH_MATMUL": "BatchMatMul",
    "CONCATENATION": "Concatenation",
    "CONV_2D": "Conv2D",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2D",
    "FULLY_CONNECTED": "FullyConnected",
    "MEAN": "Reducer",
    "MUL": "Mul",
    "PACK": "Pack",
    "SOFTMAX": "Softmax",
    "SPLIT": "Split",
    "STRIDED_SLICE": "StridedSlice",
    "SUM": "Reducer",
}


class Made:
    """A model of one graph that is being written; methods return the numbers of tensors."""

    def __init__(self) -> None:
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.buffers = [schema.BufferT()]
        self._model.operatorCodes = []
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._model.subgraphs = [self._graph]

    def tensor(
        self,
        *shape: int,
        kind: str = "INT8",
        scale: float | Sequence[float] = 0.1,
        zero: int = 0,
        values: Sequence[int] | None = None,
    ) -> int:
        """Add a tensor; −1 in its shape is a dimension that is not fixed."""
        tensor = schema.TensorT()
        tensor.name = f"tensor{len(self._graph.tensors)}"
        tensor.shape = [abs(length) for length in shape]
        if min(shape, default=0) < 0:
            tensor.shapeSignature = list(shape)
        tensor.type = getattr(schema.TensorType, kind)
        tensor.buffer = 0
        if "INT8" in kind:
            quantisation = schema.QuantizationParametersT()
            quantisation.scale = [scale] if isinstance(scale, float) else list(scale)
            quantisation.zeroPoint = [zero] * len(quantisation.scale)
            tensor.quantization = quantisation
        if values is not None:
            dtype = {"INT8": np.int8, "INT32": np.int32}[kind]
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.array(values, dtype).tobytes(), np.uint8)
            self._model.buffers.append(buffer)
            tensor.buffer = len(self._model.buffers) - 1
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def weights(self, *shape: int, scale: float | Sequence[float] = 0.01) -> int:
        """Add int8 weights."""
        return self.tensor(*shape, scale=scale, values=[1] * int(np.prod(shape)))

    def numbers(self, *values: int) -> int:
        """Add a constant vector such as axes, a shape or strides."""
        return self.tensor(len(values), kind="INT32", values=values)

    def operator(
        self,
        name: str,
        inputs: Sequence[int],
        *outputs: int,
        version: int = 1,
        **options: int,
    ) -> int:
        """Add an operator, and return the number of its first output."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if name in OPTIONS:
            table = f"{OPTIONS[name]}Options"
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            operator.builtinOptions = getattr(schema, f"{table}T")()
            for key, value in options.items():
                assert hasattr(operator.builtinOptions, key), key
                setattr(operator.builtinOptions, key, value)
        self._graph.operators.append(operator)
        return outputs[0]

    def write(self, path: Path, inputs: Sequence[int], outputs: Sequence[int]) -> Path:
        """Write the model."""
        self._graph.inputs, self._graph.outputs = list(inputs), list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path
