"""One `.tflite` file: its lengths are loaded when they are needed, run, and released."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.errors import InterpreterError
from edge.flatbuffer import keep_signature
from edge.library import Interpreter, Tensor, open_model


@dataclass(frozen=True)
class _Session:
    """An interpreter for one length, and its tensors: inputs as the exported function's."""

    interpreter: Interpreter
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
        try:
            model = keep_signature(self.path.read_bytes(), signature)
            interpreter = open_model(model, self._threads, self._reference)
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


def _describe(interpreter: Interpreter, signature: str, path: Path) -> _Session:
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
