"""Write `ngrams.bin`, what occurs in the text that a checkpoint was trained on, beside it.

`eedge train` does so by itself. For a checkpoint that has none:

    python -m training.ngrams CHECKPOINT TRAIN.jsonl …
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from boards.errors import EedgeError
from edge.corpus import read_manifest
from edge.ngrams import NGRAMS, SeenNgrams
from edge.tokens import Tokens
from training.checkpoint import TOKENS

_PATH = click.Path(path_type=Path)


def seen_in(texts: Iterable[str], tokens: Tokens) -> SeenNgrams:
    """Return the n-grams of transcripts.

    Raises:
        CorpusError: a text holds a character that is no symbol.
    """
    return SeenNgrams.of(tokens.encode(text) for text in texts)


@click.command()
@click.argument("checkpoint", type=_PATH)
@click.argument("manifests", metavar="TRAIN.jsonl…", nargs=-1, required=True, type=_PATH)
def main(checkpoint: Path, manifests: tuple[Path, ...]) -> None:
    """Write down, beside a checkpoint, what occurs in the transcripts that it was trained on."""
    try:
        texts = {said.text for path in manifests for said in read_manifest(path)}
        seen_in(texts, Tokens.read(checkpoint / TOKENS)).write(checkpoint / NGRAMS)
    except EedgeError as error:
        click.echo(f"eedge: error: {error.what}", err=True)
        sys.exit(error.status)
    click.echo(f"{checkpoint / NGRAMS}: what occurs in {len(texts):,} texts")


if __name__ == "__main__":
    main()
