"""Find `edgetpu_compiler` and call it, again where it is known to fail without cause."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boards.errors import EedgeError
from convert.compiling.log import CompilerLog, parse_log

PROGRAM = "edgetpu_compiler"
VARIABLE = "EDGETPU_COMPILER"
RUNTIME = 14
"""Version of the runtime that is compiled for: the newest that compiler 16 knows."""

TIMEOUT_S = 600
"""What the compiler is given for one model before it gives up by itself."""

_TRIES = 3
_FLAKY = ("Internal compiler error", "Compilation child process timed out")
"""After these the same call may succeed: https://github.com/google-coral/edgetpu/issues/173, where
of several runs on one file some ended well."""

_TOO_LARGE = "large activation tensors"
_SEARCH = ("-d", "-k", "10")
"""Has the compiler leave operators at the end to the CPU until the rest fits
(https://github.com/google-coral/edgetpu/issues/651)."""

_CURES = {
    "Didn't find op for builtin opcode": "an operator is too new: eedge explain names it",
    "Op builtin_code out of range": "an operator is unknown to it: eedge explain names it",
    _TOO_LARGE: "cut utterances into shorter pieces: convert with a smaller bucket",
    "dynamic-sized tensors": "a shape is not fixed: eedge explain names it",
    "Internal compiler error": "eedge explain may name what it stumbles over",
    "Model not quantized": "convert with --recipe static-int8",
}
"""What helps, by what the compiler says."""


class CompilerError(EedgeError):
    """The compiler is not there, or gave up."""


@dataclass(frozen=True)
class Compiled:
    """What came of a run: the files by those they were made from, and all that was printed."""

    files: dict[Path, Path]
    log: CompilerLog
    text: str


def find_compiler(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the compiler: as given, by the variable EDGETPU_COMPILER, or on the PATH.

    Raises:
        CompilerError: it is named, and not there or no program.
    """
    named = given or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    if named is None:
        found = shutil.which(PROGRAM, path=environment.get("PATH"))
        return Path(found) if found else None
    if not named.is_file() or not os.access(named, os.X_OK):
        raise CompilerError(
            f"{named}: is no program that can be run",
            f"name {PROGRAM} with --compiler, by {VARIABLE}, or have it on the PATH",
        )
    return named


def compile_models(models: Sequence[Path], out: Path, compiler: Path) -> Compiled:
    """Compile models for one Edge TPU, whose parameter cache they share, the first first.

    Args:
        models: `.tflite` files.
        out: an existing folder, into which it writes NAME_edgetpu.tflite and .log.
        compiler: the program.

    Raises:
        CompilerError: it gave up, hung, or left out a file; what it said is in the message.
    """
    text = _call(models, out, compiler)
    files = {model: out / f"{model.stem}_edgetpu.tflite" for model in models}
    missing = [path for path in files.values() if not path.is_file()]
    if missing:
        raise CompilerError(
            f"{compiler.name} ended well, but did not write {missing[0].name}", _last_line(text)
        )
    return Compiled(files, parse_log(text), text)


def _call(models: Sequence[Path], out: Path, compiler: Path) -> str:
    options = ["-s", "-o", str(out), "-m", str(RUNTIME), "-t", str(TIMEOUT_S)]
    text = ""
    for _ in range(_TRIES):
        done = _run([str(compiler), *options, *map(str, models)], len(models))
        text = done.stdout + done.stderr
        failed = done.returncode != 0 or any(sign in text for sign in _FLAKY)
        if not failed:
            return text
        if _TOO_LARGE in text and options[-1] != _SEARCH[-1]:
            options += _SEARCH
        elif not any(sign in text for sign in _FLAKY):
            break
    cures = [cure for sign, cure in _CURES.items() if sign in text]
    raise CompilerError(f"{compiler.name} gave up: {_last_line(text)}", *cures)


def _run(command: Sequence[str], models: int) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=1.5 * TIMEOUT_S * models,
        )
    except subprocess.TimeoutExpired as error:
        raise CompilerError(f"{command[0]} did not end in time", "run it by hand") from error
    except OSError as error:
        raise CompilerError(
            f"{command[0]}: cannot be run: {error.strerror}",
            "it is a program for x86-64 Linux: run it on such a machine",
        ) from error


def _last_line(text: str) -> str:
    """Return what was said last that is an error, or else just last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "failed:" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1].rstrip(".")
