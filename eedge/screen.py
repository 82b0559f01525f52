"""Where the monitor's lines go: to a terminal with a bar beneath them and keys, or to a pipe."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, TextIO

import click

if TYPE_CHECKING:
    from rich.live import Live

_AT_ONCE = 1024


class Screen(Protocol):
    """Shows lines, and knows what was typed."""

    def line(self, text: str, *, aside: bool) -> None:
        """Show a line; `aside` is what is not the device's own."""
        ...

    def bar(self, text: str) -> None:
        """Show how things are."""
        ...

    def typed(self) -> bytes:
        """Return what was typed since the last time."""
        ...


class Pipe:
    """Lines only; what is not the device's own goes to stderr."""

    def line(self, text: str, *, aside: bool) -> None:
        """Print it."""
        click.echo(text, err=aside)

    def bar(self, text: str) -> None:
        """There is none."""

    def typed(self) -> bytes:
        """Nobody types: Ctrl-C interrupts, as anywhere."""
        return b""


class Terminal:
    """Lines with a bar beneath; keys come as they are pressed, Ctrl-C as well."""

    def __init__(self, live: Live, keyboard: int) -> None:
        self._live, self._keyboard = live, keyboard

    def line(self, text: str, *, aside: bool) -> None:
        """Print it above the bar."""
        style = "yellow" if aside else None
        self._live.console.print(text, markup=False, style=style, soft_wrap=True)

    def bar(self, text: str) -> None:
        """Replace the bar."""
        from rich.text import Text

        self._live.update(Text(text, style="reverse", no_wrap=True, overflow="ellipsis"))

    def typed(self) -> bytes:
        """Return what is there, without waiting."""
        ready, _, _ = select.select([self._keyboard], [], [], 0)
        return os.read(self._keyboard, _AT_ONCE) if ready else b""


@contextlib.contextmanager
def screen(*, plain: bool) -> Iterator[Screen]:
    """Return the terminal if somebody sits at it, unless it is to be `plain`."""
    if plain or not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        yield Pipe()
        return
    from rich.console import Console
    from rich.live import Live

    live = Live(console=Console(highlight=False), refresh_per_second=8, transient=True)
    keyboard = sys.stdin.fileno()
    with _keys_at_once(keyboard), live:
        yield Terminal(live, keyboard)


@contextlib.contextmanager
def _keys_at_once(keyboard: int) -> Iterator[None]:
    """Have keys come one by one, and none of them be a signal."""
    before = termios.tcgetattr(keyboard)
    modes = termios.tcgetattr(keyboard)
    modes[0] &= ~(termios.ICRNL | termios.IXON)
    modes[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    termios.tcsetattr(keyboard, termios.TCSADRAIN, modes)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None: closed by whoever started us.
