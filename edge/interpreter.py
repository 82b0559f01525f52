"""One `.tflite` file, run by whichever TFLite interpreter is installed."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, TypedDict

import numpy as np
import numpy.typing as npt

from edge.errors import InterpreterError
from edge.flatbuffer import keep_signature

Tensor = npt.NDArray[np.float32]

_INTERPRETERS = (
    "ai_edge_litert.interpreter",
    "tflite_runtime.interpreter",
    "tensorflow.lite.python.interpreter",
)
"""The same interpreter under the three names it has had, newest first."""


class _Details(TypedDict):
    index: int
    dtype: type


class _SignatureRunner(Protocol):
    def get_input_details(self) -> Mapping[str, _Details]: ...

    def get_output_details(self) -> Mapping[str, _Details]: ...


class _Interpreter(Protocol):
    def allocate_tensors(self) -> None: ...

    def get_signature_runner(self, signature_key: str) -> _SignatureRunner: ...

    def set_tensor(self, tensor_index: int, value: Tensor) -> None: ...

    def invoke(self) -> None: ...

    def get_tensor(self, tensor_index: int) -> Tensor: ...


@dataclass(frozen=True)
class _Session:
    """An interpreter for one length, and its tensors: inputs as the exported function's."""

    interpreter: _Interpreter
    inputs: tuple[int, ...]
    output: int


class Runner:
    """Runs the signatures of one file, each of which is loaded when it is first used.

    Args:
        path: the `.tflite` file.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.

    `calls` and `seconds` count the runs and the time that they took, `loading_s` the time for
    reading the file, packing weights and planning memory, which is not in `seconds`.
    """

    def __init__(self, path: Path, threads: int = 1, reference: bool = False) -> None:
        self.path = path
        self.calls = 0
        self.seconds = 0.0
        self.loading_s = 0.0
        self._threads = threads
        self._reference = reference
        self._sessions: dict[str, _Session] = {}

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
        session = self._sessions.get(signature) or self._load(signature)
        begin = time.perf_counter()
        output = self._run(session, inputs)
        self.seconds += time.perf_counter() - begin
        self.calls += 1
        return output

    def release(self, signature: str) -> None:
        """Give back a signature's memory; it is loaded again when it is next used."""
        self._sessions.pop(signature, None)

    def _run(self, session: _Session, inputs: tuple[Tensor, ...]) -> Tensor:
        if len(inputs) < len(session.inputs):
            raise InterpreterError(
                f"{self.path}: takes {len(session.inputs)} inputs, not {len(inputs)}"
            )
        interpreter = session.interpreter
        try:
            for tensor, value in zip(session.inputs, inputs, strict=False):
                interpreter.set_tensor(tensor, value)
            interpreter.invoke()
            return interpreter.get_tensor(session.output)
        except (ValueError, RuntimeError) as error:
            raise InterpreterError(f"{self.path}: cannot be run: {error}") from error

    def _load(self, signature: str) -> _Session:
        begin = time.perf_counter()
        library = find_interpreter()
        kernels = library.OpResolverType.BUILTIN_REF if self._reference else None
        try:
            interpreter: _Interpreter = library.Interpreter(
                model_content=keep_signature(self.path.read_bytes(), signature),
                num_threads=self._threads,
                experimental_op_resolver_type=kernels or library.OpResolverType.AUTO,
            )
            interpreter.allocate_tensors()
        except KeyError as error:
            raise InterpreterError(
                f"{self.path}: was not exported for length '{signature}', "
                f"but for {', '.join(error.args)}",
                "convert the checkpoint again: eedge convert",
            ) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise InterpreterError(
                f"{self.path}: cannot be loaded: {error}",
                "copy the bundle again, or convert the checkpoint again",
            ) from error
        session = _describe(interpreter, signature, self.path)
        self._sessions[signature] = session
        self.loading_s += time.perf_counter() - begin
        return session


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


def _describe(interpreter: _Interpreter, signature: str, path: Path) -> _Session:
    runner = interpreter.get_signature_runner(signature)
    inputs, outputs = runner.get_input_details(), runner.get_output_details()
    if len(outputs) != 1:
        raise InterpreterError(f"{path}: has {len(outputs)} outputs instead of one")
    for name, details in (*inputs.items(), *outputs.items()):
        if details["dtype"] is not np.float32:
            raise InterpreterError(f"{path}: {name} is not float32")
    ordered = tuple(inputs[name]["index"] for name in sorted(inputs, key=_argument))
    return _Session(interpreter, ordered, *(output["index"] for output in outputs.values()))


def _argument(name: str) -> tuple[bool, int, str]:
    """Order the names of inputs as the exported function's arguments.

    Where these have no names, the converter calls them args_0, args_1 …; where they have, the
    mask comes last.
    """
    number = re.search(r"\d+$", name)
    return "mask" in name, int(number.group()) if number else 0, name
