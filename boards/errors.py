"""The error tree: everything that a user can cause derives from `EedgeError`.

It lies in the lowest folder so that every other one can raise from it. The command line prints
these without a traceback; any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class EedgeError(Exception):
    """An expected failure: what went wrong and where, and what the user can try.

    `what` is one sentence without a full stop at its end; each of `tries` is one suggestion.
    """

    status: ClassVar[int] = 1

    def __init__(self, what: str, *tries: str) -> None:
        super().__init__(what, *tries)
        self.what = what
        self.tries = tuple(hint for hint in tries if hint)

    def __str__(self) -> str:
        return self.what

    @property
    def kind(self) -> str:
        """Name of the error's class, as it stands in the JSON envelope."""
        return type(self).__name__


class UsageError(EedgeError):
    """The command was called wrongly (exit status 2)."""

    status: ClassVar[int] = 2


class GateError(EedgeError):
    """The work was done, but its result misses a limit that the user set."""


def closest(word: str, choices: Iterable[str]) -> str:
    """Return a "did you mean" hint for `word`, or an empty string if nothing is near.

    Empty hints are dropped by `EedgeError`, so the result can be passed to it unconditionally.
    """
    known = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(word.casefold(), known, n=1)
    return f"did you mean '{known[near[0]]}'?" if near else ""
