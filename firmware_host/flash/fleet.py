"""Several devices at once: each in a thread of its own, and none waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boards.errors import EedgeError
from firmware_host.flash.flasher import Flashed, Flasher

_LOOK = 0.2
"""Seconds between two looks at whether the user wants to end it."""


@dataclass(frozen=True)
class Job:
    """A device, and what is to be done with it."""

    flasher: Flasher
    do: Callable[[Flasher], Flashed]


def work_through(jobs: Sequence[Job]) -> list[Flashed | EedgeError]:
    """Do all jobs; return what came of each, in their order.

    A Ctrl-C ends them all, and leaves every device with what it ran before.
    """
    results: list[Flashed | EedgeError | BaseException | None] = [None] * len(jobs)

    def work(index: int, job: Job) -> None:
        try:
            results[index] = job.do(job.flasher)
        except BaseException as error:
            results[index] = error

    threads = [
        threading.Thread(target=work, args=one, name=one[1].flasher.name, daemon=True)
        for one in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
    except KeyboardInterrupt:
        for job in jobs:
            job.flasher.stop()
        for thread in threads:
            thread.join()
        raise
    done: list[Flashed | EedgeError] = []
    for result in results:
        if isinstance(result, Flashed | EedgeError):
            done.append(result)
        elif result is not None:
            raise result
    return done
