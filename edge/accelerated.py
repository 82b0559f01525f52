"""Files that were compiled for an accelerator, run by its delegate; each has it for itself."""

from __future__ import annotations

from pathlib import Path

from edge.borders import quantised, real
from edge.bundle import Bundle
from edge.compiled import Compiled
from edge.delegate import Delegate
from edge.errors import BundleError, InterpreterError
from edge.library import DelegatedModel, Tensor, open_delegated
from edge.parts import argument_order


class Accelerator:
    """Opens what was compiled of a bundle's files.

    Raises:
        BundleError: nothing was.
    """

    def __init__(self, bundle: Bundle, delegate: Delegate, threads: int = 1) -> None:
        compiled = Compiled.of(bundle)
        if compiled is None:
            raise BundleError(
                f"{bundle.path}: is not compiled: it runs on no Edge TPU yet",
                f"on a machine with the compiler: eedge compile {bundle.path}",
            )
        self._compiled = compiled
        self._delegate = delegate
        self._threads = threads

    def open(self, path: Path, signature: str) -> AcceleratedSession:
        """Load what was compiled of a file, for the length `t{N}` that a signature names.

        Raises:
            InterpreterError: it was not compiled for that length, or is refused.
        """
        lengths = self._compiled.files.get(path.name, {})
        made = lengths.get(int(signature.removeprefix("t")))
        if made is None:
            raise InterpreterError(
                f"{path}: was not compiled for length '{signature}', "
                f"but for {', '.join(f't{frames}' for frames in lengths) or 'none'}",
                "compile the bundle again: eedge compile",
            )
        compiled = path.with_name(made.file)
        try:
            content = compiled.read_bytes()
            model = open_delegated(
                content, self._delegate.library, self._delegate.options, self._threads
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise InterpreterError(
                f"{compiled}: cannot be loaded: {error}",
                "see what is wrong with the accelerator: eedge doctor",
            ) from error
        return AcceleratedSession(model, str(compiled))


class AcceleratedSession:
    """A compiled file that is loaded; takes and puts out f32 whatever it holds inside."""

    def __init__(self, model: DelegatedModel, name: str) -> None:
        self._model = model
        self._name = name
        inputs = sorted(model.get_input_details(), key=lambda one: argument_order(one["name"]))
        outputs = model.get_output_details()
        if len(outputs) != 1:
            raise InterpreterError(f"{name}: has {len(outputs)} outputs instead of one")
        self._inputs, self._output = inputs, outputs[0]

    def run(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Run it on inputs in the order of the exported function's arguments."""
        if len(inputs) < len(self._inputs):
            raise InterpreterError(
                f"{self._name}: takes {len(self._inputs)} inputs, not {len(inputs)}"
            )
        try:
            for details, values in zip(self._inputs, inputs, strict=False):
                self._model.set_tensor(details["index"], quantised(values, details))
            self._model.invoke()
            return real(self._model.get_tensor(self._output["index"]), self._output)
        except (ValueError, RuntimeError) as error:
            raise InterpreterError(
                f"{self._name}: cannot be run: {error}",
                "the accelerator may have been unplugged, or hang: eedge doctor",
            ) from error
