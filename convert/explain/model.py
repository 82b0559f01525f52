"""What stands in a `.tflite`: graphs, their tensors and operators, as plain values."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from convert.errors import ConversionError

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"

READER_ERRORS = (
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
)
"""The generated reader trusts the file, and falls over a damaged one in these ways."""

_BYTES = {
    **dict.fromkeys(("INT4", "UINT4"), 0.5),
    **dict.fromkeys(("INT8", "UINT8", "BOOL"), 1),
    **dict.fromkeys(("INT16", "UINT16", "FLOAT16", "BFLOAT16"), 2),
    **dict.fromkeys(("INT32", "UINT32", "FLOAT32"), 4),
    **dict.fromkeys(("INT64", "UINT64", "FLOAT64", "COMPLEX64"), 8),
}
"""Bytes of an element, by type; others have no fixed size and count as 0."""

_DTYPES = {"INT8": np.int8, "UINT8": np.uint8, "INT32": np.int32, "INT64": np.int64}
"""Types of constants whose values are looked at: axes, shapes, padding."""

Integers = npt.NDArray[np.integer]


class ModelError(ConversionError):
    """A file is no TFLite model, or contradicts itself."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor: its shape, with −1 for a dimension that is not fixed, and its quantisation."""

    name: str
    shape: tuple[int, ...]
    type: str
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    content: bytes | None = field(default=None, repr=False)
    """What a constant holds; None for an activation."""

    @property
    def is_constant(self) -> bool:
        """Whether it is the same at every run."""
        return self.content is not None

    @property
    def is_static(self) -> bool:
        """Whether all its dimensions are fixed."""
        return min(self.shape, default=0) >= 0

    @property
    def elements(self) -> int:
        """How many elements it has, with 1 for each dimension that is not fixed."""
        return math.prod(abs(length) for length in self.shape)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return math.ceil(self.elements * _BYTES.get(self.type, 0))

    def values(self) -> Integers | None:
        """Return the integers of a constant, flat; None where there are none."""
        dtype = _DTYPES.get(self.type)
        if self.content is None or dtype is None or len(self.content) % np.dtype(dtype).itemsize:
            return None
        return np.frombuffer(self.content, dtype)


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator: its name in TFLite's schema, its version, and its options by the schema's names.

    An optional input that is left out is None. A custom operator's name is its own.
    """

    number: int
    name: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: dict[str, int] = field(default_factory=dict)

    @cached_property
    def activations(self) -> list[Tensor]:
        """The inputs that differ from run to run."""
        return [tensor for tensor in self.inputs if tensor is not None and not tensor.is_constant]

    @cached_property
    def constants(self) -> list[Tensor]:
        """The inputs that are the same at every run."""
        return [tensor for tensor in self.inputs if tensor is not None and tensor.is_constant]

    def input(self, number: int) -> Tensor | None:
        """Return an input, or None where there is none."""
        return self.inputs[number] if number < len(self.inputs) else None


@dataclass(frozen=True, eq=False)
class Graph:
    """What one signature runs; `name` is the signature's, or the subgraph's number."""

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]


def read_model(path: Path) -> list[Graph]:
    """Read all graphs of a `.tflite`, in the file's order.

    Raises:
        ModelError: it cannot be read, or is no TFLite model.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_model(content, str(path))


def parse_model(content: bytes, name: str) -> list[Graph]:
    """Read all graphs of a TFLite model; `name` is for messages. Raises `ModelError`."""
    if content[4:8] != IDENTIFIER:
        raise ModelError(f"{name}: is no TFLite model", "name a .tflite or a bundle's folder")
    # Imported where it is used: it takes a tenth of a second.
    from ai_edge_litert import schema_py_generated as schema

    try:
        graphs = list(_Reader(schema.Model.GetRootAs(content, 0), content).graphs())
    except READER_ERRORS as error:
        raise ModelError(f"{name}: is a damaged TFLite model", "export it again") from error
    if not graphs:
        raise ModelError(f"{name}: is a TFLite model without a graph", "export it again")
    return graphs


class _Reader:
    def __init__(self, model: schema.Model, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._model = model
        self._content = content
        self._schema = schema
        self._codes = _names(schema.BuiltinOperator)
        self._types = _names(schema.TensorType)
        self._options = _names(schema.BuiltinOptions)

    def graphs(self) -> Iterator[Graph]:
        names = {}
        for number in range(self._model.SignatureDefsLength()):
            signature = self._model.SignatureDefs(number)
            names[signature.SubgraphIndex()] = (signature.SignatureKey() or b"").decode()
        for number in range(self._model.SubgraphsLength()):
            yield self._graph(self._model.Subgraphs(number), names.get(number) or str(number))

    def _graph(self, graph: schema.SubGraph, name: str) -> Graph:
        tensors = [self._tensor(graph.Tensors(n)) for n in range(graph.TensorsLength())]

        def named(numbers: Integers | int) -> list[Tensor | None]:
            # The generated reader returns 0 for a vector that is not there.
            listed = [] if isinstance(numbers, int) else numbers.tolist()
            return [None if number < 0 else tensors[number] for number in listed]

        operators = []
        for number in range(graph.OperatorsLength()):
            operator = graph.Operators(number)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            operators.append(
                Operator(
                    number=number,
                    name=self._name(code),
                    version=code.Version(),
                    inputs=tuple(named(operator.InputsAsNumpy())),
                    outputs=tuple(t for t in named(operator.OutputsAsNumpy()) if t is not None),
                    options=self._read_options(operator),
                )
            )
        inputs, outputs = (
            tuple(tensor for tensor in named(numbers) if tensor is not None)
            for numbers in (graph.InputsAsNumpy(), graph.OutputsAsNumpy())
        )
        return Graph(name, inputs, outputs, tuple(operators))

    def _name(self, code: schema.OperatorCode) -> str:
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if builtin == self._schema.BuiltinOperator.CUSTOM:
            return (code.CustomCode() or b"CUSTOM").decode(errors="replace")
        return self._codes.get(builtin, f"builtin {builtin}")

    def _tensor(self, tensor: schema.Tensor) -> Tensor:
        shape = _integers(tensor.ShapeAsNumpy())
        signature = _integers(tensor.ShapeSignatureAsNumpy())
        quantisation = tensor.Quantization()
        scales = quantisation.ScaleAsNumpy() if quantisation else 0
        zero_points = quantisation.ZeroPointAsNumpy() if quantisation else 0
        return Tensor(
            name=(tensor.Name() or b"").decode(errors="replace"),
            shape=signature or shape,
            type=self._types.get(tensor.Type(), f"type {tensor.Type()}"),
            scales=() if isinstance(scales, int) else tuple(scales.tolist()),
            zero_points=_integers(zero_points),
            content=self._buffer(tensor.Buffer()),
        )

    def _buffer(self, number: int) -> bytes | None:
        buffer = self._model.Buffers(number)
        if number == 0 or buffer is None:
            return None
        if buffer.Size() > 1:
            return self._content[buffer.Offset() : buffer.Offset() + buffer.Size()]
        data = buffer.DataAsNumpy()
        return None if isinstance(data, int) else data.tobytes()

    def _read_options(self, operator: schema.Operator) -> dict[str, int]:
        kind = self._options.get(operator.BuiltinOptionsType())
        table = operator.BuiltinOptions()
        if table is None or kind is None or kind == "NONE":
            return {}
        options = getattr(self._schema, kind)()
        options.Init(table.Bytes, table.Pos)
        found = {}
        for name in _OPTIONS:
            read = getattr(options, name, None)
            if read is not None:
                found[name] = int(read())
        return found


_OPTIONS = (
    "Axis",
    "DilationHFactor",
    "DilationWFactor",
    "FusedActivationFunction",
    "KeepNumDims",
    "WeightsFormat",
)
"""Options that a rule looks at."""


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


def _integers(numbers: Integers | int) -> tuple[int, ...]:
    return () if isinstance(numbers, int) else tuple(int(number) for number in numbers)
