"""Programs that are run for a link: ended with all that they started when their time is up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

from firmware_host.errors import LinkError, LinkTimeoutError
from firmware_host.links.base import Done


def start(args: Sequence[str], *, quiet: bool = False) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own, so that a Ctrl-C at the terminal does not reach it.

    Raises:
        LinkError: there is no such program.
    """
    try:
        return subprocess.Popen(
            args,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise LinkError(
            f"{args[0]}: cannot be run: {error.strerror}", f"install {args[0]}, or check PATH"
        ) from error


def run(args: Sequence[str], timeout: float, name: str, given: bytes = b"") -> Done:
    """Run a program to its end.

    Raises:
        LinkError: there is no such program.
        LinkTimeoutError: it did not end in time; it does not run any more.
    """
    process = start(args)
    try:
        stdout, stderr = process.communicate(given, timeout)
    except subprocess.TimeoutExpired as error:
        raise LinkTimeoutError(f"{name}: no answer within {timeout:g} s") from error
    finally:
        end(process)
    return Done(process.returncode, stdout, stderr)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started, if it still runs."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()
