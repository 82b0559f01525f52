"""The TFLite interpreter: under whichever of its names it is installed, if it computes right."""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Protocol, TypedDict

import numpy as np
import numpy.typing as npt

from edge.errors import InterpreterError

Tensor = npt.NDArray[np.float32]
Array = npt.NDArray[np.generic]

_MODULES = (
    "ai_edge_litert.interpreter",
    "tflite_runtime.interpreter",
    "tensorflow.lite.python.interpreter",
)
"""The same interpreter under the three names it has had, newest first."""

_RIGHT_SINCE = (2, 16)
"""Version of `tflite_runtime` and `tensorflow` from which weights with a scale for each channel
are multiplied right in dynamic int8. tflite-runtime 2.14 takes such a model and puts out something
else (0 dB SQNR), tensorflow 2.16.2 is right to 41 dB, 2.17.1 and ai-edge-litert 1.0.1 exactly."""


class QuantizationParameters(TypedDict):
    """How a tensor's integers stand for numbers; only what is looked at here."""

    scales: Sequence[float]


class TensorDetails(TypedDict):
    """What the interpreter says of a tensor; only what is looked at here."""

    name: str
    index: int
    shape: npt.NDArray[np.int32]
    dtype: type
    quantization: tuple[float, int]
    quantization_parameters: QuantizationParameters


class SignatureRunner(Protocol):
    """What the interpreter says of a signature."""

    def get_input_details(self) -> Mapping[str, TensorDetails]:
        """Return the inputs by their name."""
        ...

    def get_output_details(self) -> Mapping[str, TensorDetails]:
        """Return the outputs by their name."""
        ...


class Subgraphs(Protocol):
    """What runs a subgraph, beneath the interpreter; its methods are named as in C++."""

    def GetSubgraphIndexFromSignature(self, key: str) -> int:  # noqa: N802
        """Return the number of a signature's subgraph."""
        ...

    def AllocateTensors(self, subgraph: int) -> None:  # noqa: N802
        """Plan a subgraph's memory."""
        ...

    def SetTensor(self, tensor: int, value: Array, subgraph: int) -> None:  # noqa: N802
        """Copy an input in."""
        ...

    def Invoke(self, subgraph: int) -> None:  # noqa: N802
        """Run a subgraph."""
        ...

    def GetTensor(self, tensor: int, subgraph: int) -> Array:  # noqa: N802
        """Return a copy of an output."""
        ...


class Interpreter(Protocol):
    """The part of `tf.lite.Interpreter` that is used here."""

    _interpreter: Subgraphs

    def allocate_tensors(self) -> None:
        """Pack all weights, and plan the memory of subgraph 0."""
        ...

    def get_signature_list(self) -> Mapping[str, object]:
        """Return the signatures by their name."""
        ...

    def get_signature_runner(self, signature_key: str) -> SignatureRunner:
        """Return the signature of that name."""
        ...

    def get_tensor_details(self) -> Sequence[TensorDetails]:
        """Return all tensors of subgraph 0."""
        ...


class IoTensor(TypedDict):
    """What the interpreter says of an input or an output; only what is looked at here."""

    name: str
    index: int
    dtype: type
    quantization: tuple[float, int]


class DelegatedModel(Protocol):
    """The part of `tf.lite.Interpreter` by which a model without signatures is run."""

    def allocate_tensors(self) -> None:
        """Hand operators to the delegate, and plan the memory of the rest."""
        ...

    def get_input_details(self) -> Sequence[IoTensor]:
        """Return the inputs."""
        ...

    def get_output_details(self) -> Sequence[IoTensor]:
        """Return the outputs."""
        ...

    def set_tensor(self, tensor: int, value: npt.NDArray[np.generic]) -> None:
        """Copy an input in."""
        ...

    def invoke(self) -> None:
        """Run it."""
        ...

    def get_tensor(self, tensor: int) -> npt.NDArray[np.generic]:
        """Return a copy of an output."""
        ...


class Signature:
    """One signature of an opened model.

    It does what `SignatureRunner` does at a call, but for planning memory anew: for an encoder of
    4 million parameters and a second of sound that is 2 % of the time.

    `inputs` and `outputs` are what the interpreter says of them, by name.
    """

    def __init__(self, interpreter: Interpreter, key: str) -> None:
        runner = interpreter.get_signature_runner(key)
        self.inputs = runner.get_input_details()
        self.outputs = runner.get_output_details()
        # It holds the model's bytes, to which what is beneath it only points.
        self._interpreter = interpreter
        subgraphs = interpreter._interpreter
        self._number = subgraphs.GetSubgraphIndexFromSignature(key)
        subgraphs.AllocateTensors(self._number)
        self._set, self._invoke, self._get = (
            subgraphs.SetTensor,
            subgraphs.Invoke,
            subgraphs.GetTensor,
        )

    def run(self, tensors: Iterable[int], values: Iterable[Array], output: int) -> Array:
        """Set inputs by the index of their tensors, run, and return a copy of an output.

        Values beyond the tensors are left out.

        Raises:
            ValueError, RuntimeError: an input does not fit, or the model cannot be run.
        """
        number = self._number
        for tensor, value in zip(tensors, values, strict=False):
            self._set(tensor, value, number)
        self._invoke(number)
        return self._get(output, number)


def open_model(model: bytes, threads: int = 1, reference: bool = False) -> Interpreter:
    """Open a model and plan its memory.

    Args:
        model: a TFLite FlatBuffer.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.

    Raises:
        InterpreterError: no interpreter is installed, or it would compute something else.
        ValueError, RuntimeError: the interpreter does not take the model, or is too old for one
            of several signatures.
    """
    name, library = _find()
    kernels = library.OpResolverType.BUILTIN_REF if reference else library.OpResolverType.AUTO
    interpreter: Interpreter = library.Interpreter(
        model_content=model, num_threads=threads, experimental_op_resolver_type=kernels
    )
    interpreter.allocate_tensors()
    package = name.partition(".")[0]
    if not _is_too_old(package):
        return interpreter
    if len(interpreter.get_signature_list()) > 1:
        raise ValueError("only the first signature's weights can be looked at")
    if _has_scales_by_channel(interpreter):
        raise InterpreterError(
            f"{package} {sys.modules[package].__version__} multiplies int8 weights wrongly",
            "pip install ai-edge-litert",
            "or convert the checkpoint without them: eedge convert --recipe float32",
        )
    return interpreter


def load_delegate(library: str, options: Mapping[str, str]) -> object:
    """Load a delegate's library.

    Raises:
        InterpreterError: no interpreter is installed.
        ValueError, OSError: the library is not there, or refuses; mostly it does not say why.
    """
    _, interpreter = _find()
    # The interpreter would raise the same OSError, and leave half an object that complains later.
    ctypes.CDLL(library)
    delegate: object = interpreter.load_delegate(library, dict(options))
    return delegate


def open_delegated(
    model: bytes, library: str, options: Mapping[str, str], threads: int = 1
) -> DelegatedModel:
    """Open a model whose operators a delegate runs, and plan its memory.

    Raises:
        InterpreterError: no interpreter is installed.
        ValueError, RuntimeError, OSError: the delegate or the interpreter does not take it.
    """
    _, interpreter = _find()
    opened: DelegatedModel = interpreter.Interpreter(
        model_content=model,
        num_threads=threads,
        experimental_delegates=[load_delegate(library, options)],
    )
    opened.allocate_tensors()
    return opened


def _find() -> tuple[str, ModuleType]:
    for name in _MODULES:
        try:
            return name, importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise  # It is there, but what it needs is not.
    raise InterpreterError(
        "no TFLite interpreter is installed",
        "pip install ai-edge-litert",
        "on an old board, for bundles in float32: pip install tflite-runtime",
    )


def _is_too_old(package: str) -> bool:
    if package == "ai_edge_litert":  # its versions began anew at 1.0, which is right
        return False
    major, minor, *_ = sys.modules[package].__version__.split(".")
    return (int(major), int(minor)) < _RIGHT_SINCE


def _has_scales_by_channel(interpreter: Interpreter) -> bool:
    return any(
        len(tensor["quantization_parameters"]["scales"]) > 1
        for tensor in interpreter.get_tensor_details()
    )
