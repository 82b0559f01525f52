"""Run `.tflite` files: one alone, or the parts of an encoder in interpreters that they share."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from edge.accelerated import AcceleratedSession, Accelerator
from edge.borders import is_known, quantised, real
from edge.errors import InterpreterError
from edge.join import Model, join
from edge.library import Signature, Tensor, open_model
from edge.memory import Memory
from edge.parts import argument_order

_COPIES = 3
"""How often files lie in memory while they are loaded: as they are, with their weights packed, and
with their operators as XNNPACK keeps them. Measured on an encoder of 4 million parameters, whose
files of 8.9 MB for seven lengths take 25 MB beside what they work in."""


class Runner:
    """Runs the signatures of one file, each of which is loaded when it is first used.

    Args:
        path: the `.tflite` file.
        threads: of the interpreter.
        reference: use the reference kernels: slow, but bit-exact on every kind of CPU.
        group: with what it is loaded, and how; by default it is loaded alone.
        then: files that always run after it, each on what the one before puts out.

    `paths` are its files, `path` the first. `calls` and `seconds` count the runs and the time that
    they took.
    """

    def __init__(
        self,
        path: Path,
        threads: int = 1,
        reference: bool = False,
        group: Group | None = None,
        then: Sequence[Path] = (),
    ) -> None:
        self.path = path
        self.paths = (path, *then)
        self.calls = 0
        self.seconds = 0.0
        self.sessions: dict[str, tuple[_Session | AcceleratedSession, ...]] = {}
        """By signature, what is loaded; filled and emptied by its group."""
        self._group = group or Group(threads, reference)
        self._group.runners.append(self)

    @property
    def loading_s(self) -> float:
        """Seconds spent so far on loading the file, and those with which it is loaded.

        That is reading, packing weights and planning memory, which is not in `seconds`.
        """
        return self._group.loading_s

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
        if signature not in self.sessions:
            self._group.load(signature)
        begin = time.perf_counter()
        given = inputs
        for session in self.sessions[signature]:
            output = session.run(given)
            given = (output, *inputs[1:])
        self.seconds += time.perf_counter() - begin
        self.calls += 1
        return output


class Group:
    """Files that are loaded at the same time, one length after another.

    Together they are one model in one interpreter, where each of them works in the memory that
    the one before has left in the caches. Files that cannot be joined get an interpreter each.

    Args:
        threads: of the interpreter.
        reference: use the reference kernels.
        together: False gives each file an interpreter of its own, with the same results.
        memory: what may stay loaded; without it, all does.
        accelerator: what runs the files in the CPU's place, each in an interpreter of its own.

    `runners` are its files' runners, `loading_s` counts the time for loading them.
    """

    def __init__(
        self,
        threads: int = 1,
        reference: bool = False,
        together: bool = True,
        memory: Memory | None = None,
        accelerator: Accelerator | None = None,
    ) -> None:
        self._accelerator = accelerator
        self.runners: list[Runner] = []
        self.loading_s = 0.0
        self._threads = threads
        self._reference = reference
        self._together = together
        self._memory = memory or Memory(math.inf)

    def load(self, signature: str) -> None:
        """Load a signature of all files.

        Raises:
            InterpreterError: a file is missing or broken, or has no such signature; it is named.
        """
        begin = time.perf_counter()
        try:
            sessions = self._load(signature)
        except InterpreterError:
            self._memory.forget(self, signature)
            raise
        for runner, loaded in zip(self.runners, sessions, strict=True):
            runner.sessions[signature] = loaded
        self.loading_s += time.perf_counter() - begin

    def release(self, signature: str) -> None:
        """Give back a signature's memory; it is loaded again when it is next used."""
        for runner in self.runners:
            runner.sessions.pop(signature, None)
        self._memory.forget(self, signature)

    def _load(self, signature: str) -> list[tuple[_Session | AcceleratedSession, ...]]:
        """Return for each runner what it runs one after the other."""
        chains = [runner.paths for runner in self.runners]
        if self._accelerator is not None:
            paths = dict.fromkeys(chain.from_iterable(chains))
            opened = {path: self._accelerator.open(path, signature) for path in paths}
            return [tuple(opened[path] for path in of_runner) for of_runner in chains]
        if self._together:
            try:
                return [(session,) for session in self._open(chains, signature)]
            except (KeyError, ValueError, RuntimeError):
                # Alone, the one that is to blame has a name; if none is, they run so.
                self._memory.forget(self, signature)
        alone: dict[Path, _Session] = {}
        for path in chain.from_iterable(chains):
            try:
                if path not in alone:
                    (alone[path],) = self._open([(path,)], signature)
            except KeyError as error:
                raise InterpreterError(
                    f"{path}: was not exported for length '{signature}', "
                    f"but for {', '.join(error.args)}",
                    "convert the checkpoint again: eedge convert",
                ) from error
            except (ValueError, RuntimeError) as error:
                raise _cannot_be_loaded(path, error) from error
        return [tuple(alone[path] for path in paths) for paths in chains]

    def _open(self, chains: Sequence[Sequence[Path]], signature: str) -> list[_Session]:
        """Open a model that holds chains of files, each as a signature."""
        model = self._join(chains, signature)
        interpreter = open_model(model.content, self._threads, self._reference)
        return [
            _Session(Signature(interpreter, str(number)), _name(paths))
            for number, paths in enumerate(chains)
        ]

    def _join(self, chains: Sequence[Sequence[Path]], signature: str) -> Model:
        """Read and join files, having made room for them; of what was read, nothing is kept."""
        files = {
            str(number): [_read(path) for path in paths] for number, paths in enumerate(chains)
        }
        size = sum(map(len, chain.from_iterable(files.values())))
        self._memory.make_room(self, signature, _COPIES * size)
        model = join(files, signature)
        self._memory.make_room(self, signature, model.working_size)
        return model


class _Session:
    """A signature that is loaded, of the files `name`."""

    def __init__(self, signature: Signature, name: str) -> None:
        inputs, outputs = signature.inputs, signature.outputs
        if len(outputs) != 1:
            raise InterpreterError(f"{name}: has {len(outputs)} outputs instead of one")
        for tensor, details in (*inputs.items(), *outputs.items()):
            if not is_known(details):
                raise InterpreterError(f"{name}: {tensor} is neither float32 nor of eight bits")
        self._name = name
        self._signature = signature
        self._taken = [inputs[tensor] for tensor in sorted(inputs, key=argument_order)]
        self._inputs = [border["index"] for border in self._taken]
        (self._put_out,) = outputs.values()

    def run(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Run it on inputs in the order of the exported function's arguments."""
        if len(inputs) < len(self._inputs):
            raise InterpreterError(
                f"{self._name}: takes {len(self._inputs)} inputs, not {len(inputs)}"
            )
        try:
            given = map(quantised, inputs, self._taken)
            found = self._signature.run(self._inputs, given, self._put_out["index"])
            return real(found, self._put_out)
        except (ValueError, RuntimeError) as error:
            raise InterpreterError(f"{self._name}: cannot be run: {error}") from error


def _name(paths: Sequence[Path]) -> str:
    first, *_, last = (*paths, paths[-1])
    return str(first) if first == last else f"{first} to {last.name}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _cannot_be_loaded(path, error) from error


def _cannot_be_loaded(path: Path, error: Exception) -> InterpreterError:
    return InterpreterError(
        f"{path}: cannot be loaded: {error}",
        "copy the bundle again, or convert the checkpoint again",
    )
