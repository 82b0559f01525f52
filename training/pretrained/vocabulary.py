"""The symbols of a CTC head in Hugging Face format, and the order in which we want them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from edge.tokens import SPACE
from training.errors import CheckpointError
from training.pretrained.folder import read_if_there, read_object

VOCABULARY = "vocab.json"
_ADDED = "added_tokens.json"
_SETTINGS = "tokenizer_config.json"


@dataclass(frozen=True)
class Vocabulary:
    """`symbols` with the blank first; `rows[i]` is where the head has what belongs to symbol i."""

    symbols: tuple[str, ...]
    rows: tuple[int, ...]


def read_vocabulary(folder: Path, blank: int) -> Vocabulary | None:
    """Read `vocab.json`; None if there is none.

    Args:
        folder: the checkpoint.
        blank: the id of CTC's blank there, `pad_token_id` of its config.

    Raises:
        CheckpointError: it is not a list of symbols with the ids 0, 1, 2 …
    """
    path = folder / VOCABULARY
    if not path.is_file():
        return None
    by_id = _by_id({**read_object(path), **read_if_there(folder / _ADDED)}, path)
    if blank not in by_id:
        raise CheckpointError(
            f"{path}: has no id {blank}, which config.json names as the blank (pad_token_id)"
        )
    between = str(read_if_there(folder / _SETTINGS).get("word_delimiter_token", "|"))
    rows = (blank, *(index for index in sorted(by_id) if index != blank))
    symbols = tuple(SPACE if by_id[row] in (between, " ") else by_id[row] for row in rows)
    for symbol in symbols:
        if symbol.split() != [symbol] or symbols.count(symbol) > 1:
            raise CheckpointError(f"{path}: key {symbol!r}: is blank, or stands twice")
    return Vocabulary(symbols, rows)


def _by_id(ids: Mapping[str, JsonValue], path: Path) -> dict[int, str]:
    by_id: dict[int, str] = {}
    for symbol, index in ids.items():
        if isinstance(index, bool) or not isinstance(index, int):
            raise CheckpointError(
                f"{path}: key {symbol!r}: an id is expected, not {type(index).__name__}",
                "of vocabularies for several languages, write one out by itself",
            )
        if index in by_id:
            raise CheckpointError(
                f"{path}: key {symbol!r}: its id {index} is that of {by_id[index]!r}"
            )
        by_id[index] = symbol
    if sorted(by_id) != list(range(len(by_id))):
        missing = next(index for index in range(len(by_id)) if index not in by_id)
        raise CheckpointError(f"{path}: no symbol has id {missing}, but {len(by_id)} have others")
    return by_id
