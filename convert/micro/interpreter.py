"""TFLite Micro's interpreter, asked from outside: what each of some files needs to run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from boards.errors import EedgeError
from edge.arenas import Arena
from edge.section import Section

INSTALL = "pip install 'eedge[micro]', on x86-64 Linux"
_PACKAGE = "tflite-micro"
_TIMEOUT_S = 120
"""For one file; a block of HuBERT-base takes seconds."""


class MicroError(EedgeError):
    """TFLite Micro's interpreter is not installed, or does not answer."""


class Need(Section):
    """What a file needs, or why it is not run, as `edge.arenas.Arena` has it."""

    arena_bytes: int | None = None
    kept_bytes: int | None = None
    refusal: str | None = None

    def of_size(self, file_bytes: int) -> Arena:
        """Return it together with the file's size."""
        return Arena(file_bytes=file_bytes, **self.model_dump())


def is_installed() -> bool:
    """Tell whether the interpreter is there."""
    return find_spec("tflite_micro") is not None


def interpreter_name() -> str:
    """Return what is installed, with its version."""
    return f"{_PACKAGE} {version(_PACKAGE)}"


def measure_needs(models: Sequence[Path]) -> list[Need]:
    """Run files once each, all of one graph, and return what they need.

    Raises:
        MicroError: the interpreter is not installed, hangs, or answers with nonsense.
    """
    if not is_installed():
        raise MicroError(
            "TFLite Micro's interpreter is not on this machine: no arena is measured", INSTALL
        )
    needs: list[Need] = []
    while len(needs) < len(models):
        needs += _run(models[len(needs) :])
    return needs


def _run(models: Sequence[Path]) -> list[Need]:
    """Run files until all are through or one ends the process; return what is known then."""
    command = [sys.executable, "-m", "convert.micro.child", *map(str, models)]
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=_TIMEOUT_S * len(models)
        )
        needs = [Need.model_validate_json(line) for line in done.stdout.splitlines()]
    except subprocess.TimeoutExpired as error:
        raise MicroError("TFLite Micro's interpreter did not end in time") from error
    except ValidationError as error:
        raise MicroError("TFLite Micro's interpreter answers with nonsense") from error
    if len(needs) == len(models):
        return needs
    if done.returncode >= 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise MicroError(f"TFLite Micro's interpreter cannot be run: {said[-1]}", INSTALL)
    return [*needs, Need(refusal=f"it ends the process: signal {-done.returncode}")]
