"""Where an agent's bundle is: a folder that was named, or the current one of two slots."""

from __future__ import annotations

import contextlib
from pathlib import Path

from boards.errors import EedgeError, UsageError
from edge.agent import flashing
from edge.agent.work import Work
from edge.errors import SlotError
from edge.signature import PublicKey, check_signature
from edge.slots import Slots
from edge.slots.folder import Hold
from edge.wire import Message
from edge.wire.messages import Begin, Rollback, Switch

_FLASHED, _ONLY_SIGNED = 1 << 1, 1 << 3


class Shelf:
    """Loads the bundle that is to be run, and has others written beside it.

    Args:
        bundle: run while the slots hold none.
        slots: None for an agent that cannot be flashed.
        key: whose signature a bundle must have; None for no signature.
    """

    def __init__(
        self,
        bundle: Path | None,
        slots: Slots | None = None,
        key: PublicKey | None = None,
    ) -> None:
        self._bundle, self._slots, self._key = bundle, slots, key
        self._hold: Hold | None = None
        self._stamp: tuple[int, int] | None = None

    @property
    def capabilities(self) -> int:
        """The bits of Hello that say whether and with what it can be flashed."""
        flashed = 0 if self._slots is None else _FLASHED
        return flashed | (0 if self._key is None else _ONLY_SIGNED)

    def load(self, board: str, point: str, threads: int) -> Work:
        """Load the bundle that is to be run.

        Raises:
            UsageError: there is none, or no such operating point.
            EedgeError: it is damaged, cannot be read, or is not signed.
        """
        try:
            hold = self._slots.hold() if self._slots else None
        except OSError as error:
            raise SlotError(f"the slots cannot be read: {error.strerror}") from error
        path = hold.folder if hold else self._bundle
        if path is None:
            raise UsageError("no bundle has been flashed yet", "eedge flash BUNDLE --device DEVICE")
        try:
            if self._key is not None:
                check_signature(path, self._key)
            work = Work(path, board, point, threads)
        except EedgeError:
            if hold is not None:
                hold.release()
            raise
        self._drop()
        if self._slots is not None and hold is not None:
            self._hold, self._stamp = hold, self._slots.stamp
        return work

    def answer(self, message: Message, number: int) -> tuple[list[Message], bool]:
        """Answer a message of flashing; return also whether what was loaded may still be run."""
        if self._slots is None:
            raise UsageError(
                "this agent cannot be flashed", "start it with --slots FOLDER on the device"
            )
        # What another program has switched away from may be written to: nobody runs it from here.
        stale = self._hold is not None and self._hold.folder != self._slots.current
        drop = stale and isinstance(message, Begin)
        if drop:
            self._drop()
        answers = list(flashing.answer(self._slots, message, number))
        drop = drop or isinstance(message, Switch | Rollback)
        if drop:
            self._drop()
        return answers, not drop

    def host_left(self) -> None:
        """Let others write in the meantime: what was begun waits for whoever goes on."""
        if self._slots is not None:
            self._slots.release()
        if self._hold is not None:
            self._hold.release()

    def host_came(self, another: bool) -> bool:
        """Return whether what was loaded may still be run: nobody has flashed since."""
        if self._slots is None:
            return True
        if another:
            self._slots.release()
        if self._hold is None or self._hold.held:
            return True
        before, stamp = self._hold.folder, self._stamp
        self._drop()
        with contextlib.suppress(EedgeError, OSError):
            again = self._slots.hold()
            if again is not None and (again.folder, self._slots.stamp) == (before, stamp):
                self._hold, self._stamp = again, stamp
                return True
            if again is not None:
                again.release()
        return False

    def _drop(self) -> None:
        if self._hold is not None:
            self._hold.release()
            self._hold = None
