"""How an encoder's frames lie on its features: what one frame reads, and how far the next is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Framing:
    """An encoder frame reads `window` feature frames; the next one begins `hop` further on.

    For raw sound a feature frame is one sample. A window of 1 stands for a front end that fills
    its window up with zeros at the edges: then every `hop` feature frames, begun ones too, are one
    encoder frame.
    """

    window: int
    hop: int

    def frames(self, length: int) -> int:
        """Return how many encoder frames hold nothing but the first `length` feature frames."""
        return max(0, (length - self.window) // self.hop + 1)

    def longest(self, frames: int) -> int:
        """Return the most feature frames that make no more than so many encoder frames."""
        return self.window + self.hop * frames - 1

    @property
    def ends(self) -> slice:
        """The last feature frame of each encoder frame: of a mask over features, that of frames."""
        return slice(self.window - 1, None, self.hop)
