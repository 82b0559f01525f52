"""Work in a fresh process: nothing that ran before weighs on it, and its threads are limited.

This module imports no numerical library: NumPy's BLAS reads its number of threads from the
environment when it is loaded, so the child must not load it before that is set.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from boards.errors import EedgeError
from convert.bench.errors import BenchError

Result = TypeVar("Result")
OnProgress = Callable[[int, int], None]

_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class _Progress:
    done: int
    total: int


def run_alone(
    work: Callable[[OnProgress], Result], threads: int, on_progress: OnProgress | None = None
) -> Result:
    """Run `work` in a process of its own and return what it returns.

    Args:
        work: can be pickled; is called with a function to report (done, total) to.
        threads: what numerical libraries may use.
        on_progress: is told what `work` reports.

    Raises:
        EedgeError: as `work` raised it.
        BenchError: the process died.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, threads), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send(work)
        while isinstance(message := ours.recv(), _Progress):
            if on_progress:
                on_progress(message.done, message.total)
    except (EOFError, ConnectionError) as error:
        process.join()
        raise BenchError(
            f"a process that measures ended with status {process.exitcode}",
            "is there enough memory? try fewer --utterances",
        ) from error
    finally:
        process.terminate()
        process.join()
        ours.close()
    if isinstance(message, EedgeError):
        raise message
    result: Result = message
    return result


def _child(connection: Connection, threads: int) -> None:
    # Ctrl-C reaches every process of the terminal; only the parent should answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _THREAD_LIMITS:
        os.environ[name] = str(threads)
    # Only now, because receiving it imports what it needs.
    work = connection.recv()
    try:
        result = work(lambda done, total: connection.send(_Progress(done, total)))
    except EedgeError as error:
        connection.send(error)
    else:
        connection.send(result)
