"""The symbols that an exit chooses from: characters, pieces of words, or units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge.errors import BundleError, CorpusError

BLANK = 0
SPACE = "▁"

_LINE = re.compile(r"(?P<symbol>\S+)\s+(?P<id>[0-9]{1,9})\s*")


class Tokens:
    """The symbols by their id; 0 is CTC's blank, `▁` stands for a space."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._ids = {symbol: index for index, symbol in enumerate(self.symbols)}
        if len(self._ids) != len(self.symbols):
            raise ValueError("a symbol stands twice among the tokens")

    @classmethod
    def read(cls, path: Path) -> Tokens:
        """Read `tokens.txt`: one `symbol id` a line, ids 0, 1, 2 … in any order.

        Raises:
            BundleError: the file is missing, or not such a list.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{path}: cannot be read ({error})") from error
        symbols: dict[int, str] = {}
        for number, line in enumerate(lines, start=1):
            found = _LINE.fullmatch(line)
            if found is None:
                raise _malformed(path, f"line {number} is not 'symbol id'")
            index = int(found["id"])
            if index in symbols:
                raise _malformed(path, f"line {number} gives id {index} a second time")
            symbols[index] = found["symbol"]
        if len(symbols) < 2 or sorted(symbols) != list(range(len(symbols))):
            raise _malformed(path, f"its {len(symbols)} ids are not 0, 1, 2 …")
        try:
            return cls([symbols[index] for index in range(len(symbols))])
        except ValueError as error:
            raise _malformed(path, str(error)) from error

    def __len__(self) -> int:
        return len(self.symbols)

    def text(self, ids: Iterable[int]) -> str:
        """Join the symbols of `ids`; characters and pieces of words read alike."""
        joined = "".join(self.symbols[index] for index in ids)
        return " ".join(joined.replace(SPACE, " ").split())

    def encode(self, text: str) -> list[int]:
        """Spell `text` in characters.

        Raises:
            CorpusError: naming the first character that is no symbol.
        """
        spelled = " ".join(text.split()).replace(" ", SPACE)
        for character in spelled:
            if character not in self._ids:
                known = "".join(symbol for symbol in self.symbols if len(symbol) == 1)
                raise CorpusError(
                    f"the text {text!r} holds {character!r}, which is no symbol of the encoder",
                    f"write it with the characters {known.replace(SPACE, ' ')!r}",
                )
        return [self._ids[character] for character in spelled]


def _malformed(path: Path, why: str) -> BundleError:
    return BundleError(f"{path}: is not a list of tokens: {why}", "convert the checkpoint again")
