"""Progress on stderr: a bar on a terminal, one line per stage where there is none.

The folders below know nothing of this: what takes long there has a parameter
`on_progress: Callable[[int, int], None]`, called with (done, total), which `stage` hands out:

    with stage("converting blocks") as on_progress:
        convert(..., on_progress=on_progress)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

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


@dataclass(frozen=True)
class Stage:
    """One of several that run at once: what it does now, and how far it has come."""

    notice: Callable[[str], None]
    progress: OnProgress


@contextmanager
def stages(names: Sequence[str]) -> Iterator[list[Stage]]:
    """Show that several things run at once, in threads of their own, each with a bar in bytes."""
    if not _is_terminal(sys.stderr):
        yield [Stage(partial(_say, name), _ignore) for name in names]
        return

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[name]}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    bars = Progress(
        *columns, console=Console(stderr=True), redirect_stdout=_is_terminal(sys.stdout)
    )
    with bars:
        yield [_bar(bars, bars.add_task("", total=None, name=name)) for name in names]


def _bar(bars: Progress, task: TaskID) -> Stage:
    def notice(text: str) -> None:
        bars.update(task, description=text)

    def progress(done: int, total: int) -> None:
        bars.update(task, completed=done, total=total)

    return Stage(notice, progress)


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


def _say(name: str, text: str) -> None:
    click.echo(f"eedge: {name}: {text}", err=True)
