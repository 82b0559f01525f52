"""One `.tflite` file, run by whichever TFLite interpreter is installed."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge.errors import InterpreterError

Tensor = npt.NDArray[np.float32]

_INTERPRETERS = (
    "ai_edge_litert.interpreter",
    "tflite_runtime.interpreter",
    "tensorflow.lite.python.interpreter",
)
"""The same interpreter under the three names it has had, newest first."""


class _SignatureRunner(Protocol):
    """What the interpreter hands out for one signature."""

    def __call__(self, **inputs: Tensor) -> dict[str, Tensor]: ...

    def get_input_details(self) -> Mapping[str, Mapping[str, object]]: ...

    def get_output_details(self) -> Mapping[str, Mapping[str, object]]: ...


class _Interpreter(Protocol):
    def get_signature_list(self) -> Mapping[str, object]: ...

    def get_signature_runner(self, signature_key: str) -> _SignatureRunner: ...


@dataclass(frozen=True)
class Signature:
    """One length that a file was exported for: its inputs in order, with their shapes."""

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    output: str
    call: Callable[..., dict[str, Tensor]]


class Runner:
    """Runs the signatures of one file.

    The file is mapped into memory at the first use. A signature's first use also runs it once on
    zeros, because the interpreter then plans its memory: the time for both is in `loading_s` and
    not in `seconds`.

    Args:
        path: the `.tflite` file.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.

    `calls` and `seconds` count what was run, and the time inside the interpreter.
    """

    def __init__(self, path: Path, threads: int = 1, reference: bool = False) -> None:
        self.path = path
        self.calls = 0
        self.seconds = 0.0
        self.loading_s = 0.0
        self._threads = threads
        self._reference = reference
        self._interpreter: _Interpreter | None = None
        self._signatures: dict[str, Signature] = {}

    def run(self, signature: str, *inputs: Tensor) -> Tensor:
        """Run one signature and return a copy of its only output.

        Args:
            signature: its name, `t{N}` for N encoder frames.
            inputs: f32, in the order of the exported function's arguments. Inputs beyond those
                that the signature takes are left out: a branch without a mask takes none.

        Raises:
            InterpreterError: no interpreter is installed, the file is broken, it has no such
                signature, or an input has another shape.
        """
        found = self._signatures.get(signature) or self._load(signature)
        begin = time.perf_counter()
        output = self._call(found, inputs)
        self.seconds += time.perf_counter() - begin
        self.calls += 1
        return output

    def _call(self, signature: Signature, inputs: tuple[Tensor, ...]) -> Tensor:
        if len(inputs) < len(signature.names):
            raise InterpreterError(
                f"{self.path}: takes {len(signature.names)} inputs, not {len(inputs)}"
            )
        named = {}
        for name, shape, value in zip(signature.names, signature.shapes, inputs, strict=False):
            # The interpreter would quietly resize itself to another shape.
            if value.shape != shape:
                raise InterpreterError(f"{self.path}: takes {name} of {shape}, not {value.shape}")
            named[name] = value
        try:
            return signature.call(**named)[signature.output]
        except (ValueError, RuntimeError) as error:
            raise InterpreterError(f"{self.path}: cannot be run: {error}") from error

    def _load(self, name: str) -> Signature:
        begin = time.perf_counter()
        if self._interpreter is None:
            self._interpreter = _open(self.path, self._threads, self._reference)
        known = self._interpreter.get_signature_list()
        if name not in known:
            raise InterpreterError(
                f"{self.path}: was not exported for length '{name}', but for {', '.join(known)}",
                "convert the checkpoint again: eedge convert",
            )
        signature = _describe(self._interpreter.get_signature_runner(name), self.path)
        self._call(signature, tuple(np.zeros(shape, np.float32) for shape in signature.shapes))
        self._signatures[name] = signature
        self.loading_s += time.perf_counter() - begin
        return signature


def _open(path: Path, threads: int, reference: bool) -> _Interpreter:
    library = find_interpreter()
    kernels = library.OpResolverType.BUILTIN_REF if reference else library.OpResolverType.AUTO
    try:
        interpreter: _Interpreter = library.Interpreter(
            model_path=str(path),
            num_threads=threads,
            experimental_op_resolver_type=kernels,
        )
    except (ValueError, RuntimeError) as error:
        raise InterpreterError(
            f"{path}: is no TFLite file that can be run here: {error}",
            "copy the bundle again, or convert the checkpoint again",
        ) from error
    return interpreter


def find_interpreter() -> ModuleType:
    """Import the TFLite interpreter that is installed.

    Raises:
        InterpreterError: there is none.
    """
    for name in _INTERPRETERS:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise  # It is there, but what it needs is not.
    raise InterpreterError(
        "no TFLite interpreter is installed",
        "pip install ai-edge-litert",
        "on an old board: pip install tflite-runtime",
    )


def _describe(runner: _SignatureRunner, path: Path) -> Signature:
    inputs = runner.get_input_details()
    outputs = runner.get_output_details()
    if len(outputs) != 1:
        raise InterpreterError(f"{path}: has {len(outputs)} outputs instead of one")
    for name, details in (*inputs.items(), *outputs.items()):
        if details["dtype"] is not np.float32:
            raise InterpreterError(f"{path}: {name} is not float32")
    names = tuple(sorted(inputs, key=_argument))
    shapes = tuple(tuple(np.asarray(inputs[name]["shape"]).tolist()) for name in names)
    return Signature(names, shapes, next(iter(outputs)), runner)


def _argument(name: str) -> tuple[bool, int, str]:
    """Order inputs as the exported function's arguments.

    The converter calls them args_0, args_1 …; by other names, the mask comes last.
    """
    number = re.search(r"\d+$", name)
    return "mask" in name, int(number.group()) if number else 0, name
