"""Progress on stderr: a bar on a terminal, one line per stage where there is none.

The folders below know nothing of this: what takes long there has a parameter
`on_progress: Callable[[int, int], None]`, called with (done, total), which `stage` hands out:

    with stage("converting blocks") as on_progress:
        convert(..., on_progress=on_progress)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TextIO, TypeVar

import click

Item = TypeVar("Item")
OnProgress = Callable[[int, int], None]


@contextmanager
def stage(name: str) -> Iterator[OnProgress]:
    """Show that a stage runs; yield the callback that moves its bar, once a total is known."""
    if not _is_terminal(sys.stderr):
        click.echo(f"eedge: {name}", err=True)
        yield _ignore
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # What goes to a pipe must not be sent round by the bar's console, which is stderr.
    bars = Progress(
        *columns, console=Console(stderr=True), redirect_stdout=_is_terminal(sys.stdout)
    )
    with bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def progress(items: Iterable[Item], name: str, total: int | None = None) -> Iterator[Item]:
    """Yield `items` while showing how many are done; `total` is their number if they know it."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with stage(name) as on_progress:
        for done, item in enumerate(items, start=1):
            yield item
            if total is not None:
                on_progress(done, total)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None: closed by whoever started us.


def _ignore(done: int, total: int) -> None:
    """There is no bar to move."""
