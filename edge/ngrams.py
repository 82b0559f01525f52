"""Which sequences of symbols occur in the text that an encoder has learnt from.

What a shallow exit gets wrong is mostly no language: "sevn", "for tine". No probability of a frame
tells, but text does, and to look it up takes no language model: a bit for each hash of a few
symbols in a row (Bloom 1970, with one hash). What was seen is always known as seen; of what was
not, a few in a hundred are taken for seen, as another sequence has the same hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from edge.errors import BundleError
from edge.tokens import BLANK

NGRAMS = "ngrams.bin"
ORDER = 5
"""Symbols in a row. Of characters, that is most words and every border between two."""

_MAGIC = b"EENG"
_VERSION = 1
_FACTOR = 0x9E3779B97F4A7C15
"""2⁶⁴ divided by the golden ratio, odd: multiplied by it, near numbers come to lie far apart."""
_LEAST_BITS, _MOST_BITS = 10, 24
_ROOM = 12
"""Bits for each sequence, so that one in twelve unseen ones is taken for seen, at most."""
_LONGEST = 16

_Hashes = npt.NDArray[np.uint64]


class SeenNgrams:
    """A set of sequences of `order` symbols; at the ends of a text, it is as if blanks followed.

    A file of it is `EENG`, the bytes version (1), order, b and 0, and 2^b bits, the lowest of each
    byte first. The hash of symbols s is the upper b of 64 bits of h, where h begins with 0 and
    becomes (h + s + 1) · 0x9E3779B97F4A7C15 with each symbol.
    """

    def __init__(self, order: int, seen: npt.NDArray[np.bool_]) -> None:
        """Take bool[2^b], by hash."""
        self.order = order
        self._seen = seen
        self._weights = _weights(order)
        self._shift = np.uint64(64 - (len(seen).bit_length() - 1))

    @classmethod
    def of(cls, texts: Iterable[Sequence[int]], order: int = ORDER) -> Self:
        """Take in texts, each as the ids of its symbols; the size suits how much there is."""
        weights = _weights(order)
        hashes = [_hashes(text, weights) for text in texts]
        found = np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))
        bits = (max(1, _ROOM * len(found)) - 1).bit_length()
        ngrams = cls(order, np.zeros(1 << min(_MOST_BITS, max(_LEAST_BITS, bits)), np.bool_))
        ngrams._seen[found >> ngrams._shift] = True
        return ngrams

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file that `write` has written.

        Raises:
            BundleError: it cannot be read, or is none.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror})") from error
        magic, version, order, bits = content[:4], *content[4:7].ljust(3, b"\0")
        whole = _LEAST_BITS <= bits <= _MOST_BITS and len(content) == 8 + (1 << bits) // 8
        if magic != _MAGIC or version != _VERSION or not 0 < order <= _LONGEST or not whole:
            raise BundleError(
                f"{path}: is no table of seen n-grams, or of a newer version",
                "copy it again, or make it again: python -m training.ngrams",
            )
        packed = np.frombuffer(content, np.uint8, offset=8)
        return cls(order, np.unpackbits(packed, bitorder="little").astype(np.bool_))

    def write(self, path: Path) -> None:
        """Write `content` to a file."""
        path.write_bytes(self.content())

    def content(self) -> bytes:
        """Return what a file of it holds: 8 bytes, and a bit for every hash."""
        bits = len(self._seen).bit_length() - 1
        head = _MAGIC + bytes([_VERSION, self.order, bits, 0])
        return head + np.packbits(self._seen, bitorder="little").tobytes()

    def unseen(self, symbols: Sequence[int]) -> float:
        """Return which share of a text's sequences was never seen; 1 for a text without symbols."""
        if not symbols:
            return 1.0
        seen = self._seen[_hashes(symbols, self._weights) >> self._shift]
        return 1.0 - np.count_nonzero(seen) / len(seen)


def _weights(order: int) -> _Hashes:
    """Return [order]: what each symbol of a sequence is multiplied by, the first one first."""
    return np.array([pow(_FACTOR, order - place, 1 << 64) for place in range(order)], np.uint64)


def _hashes(symbols: Sequence[int], weights: _Hashes) -> _Hashes:
    """Return [len(symbols) + 1]: of the sequences that end at each symbol, and after the last."""
    padded = np.full(len(symbols) + len(weights), BLANK, np.uint64)
    padded[len(weights) - 1 : -1] = symbols
    # The sum of (s + 1) · w, of which the part without s is the same for all.
    hashes: _Hashes = np.correlate(padded, weights, "valid") + weights.sum()
    return hashes
