"""How much may stay loaded: what was used longest ago makes room for what is needed now."""

from __future__ import annotations

from typing import Protocol


class Holder(Protocol):
    """Something that holds memory under a name, and can give it back."""

    def release(self, name: str) -> None:
        """Give back what is held under a name."""
        ...


class Memory:
    """Keeps what several holders hold within a number of bytes.

    What is needed now is held even if it is more than that.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._held: dict[tuple[Holder, str], int] = {}
        """From what was used longest ago to what was used last."""

    def make_room(self, holder: Holder, name: str, size: int) -> None:
        """Release what was used longest ago until `size` more bytes for `name` do not exceed it."""
        size += self._held.pop((holder, name), 0)
        while self._held and sum(self._held.values()) + size > self._limit:
            oldest, released = next(iter(self._held))
            self.forget(oldest, released)
            oldest.release(released)
        self._held[holder, name] = size

    def use(self, holder: Holder, name: str) -> None:
        """Note that something is used now, if it is held."""
        if (holder, name) in self._held:
            self._held[holder, name] = self._held.pop((holder, name))

    def forget(self, holder: Holder, name: str) -> None:
        """Note that something is not held any more."""
        self._held.pop((holder, name), None)
