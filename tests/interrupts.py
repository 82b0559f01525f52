"""A program that tests interrupt, as the Ctrl-C of a terminal does."""

from __future__ import annotations

import signal


def hear_interrupts() -> None:
    """Have a child heed SIGINT: for `preexec_fn` of `subprocess.Popen`.

    A shell that starts the tests in the background has SIGINT ignored in all of them.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
