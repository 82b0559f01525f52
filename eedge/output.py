"""What the command line prints: results and errors, for people and for programs.

Results go to stdout, everything else to stderr. With `--json`, a command prints one document

    {"eedge": VERSION, "format": 1, "status": "ok", "data": …}
    {"eedge": VERSION, "format": 1, "status": "error", "error": {"kind", "what", "try"}}

or, where it streams, one bare record a line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from boards.errors import EedgeError
from eedge import __version__

FORMAT = 1
"""Version of the envelope; raised when a program that reads it would have to change."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON on stdout instead of text."
)


def print_json(data: object) -> None:
    """Print `data` as the result of a command that ends with one document."""
    _print_document({"status": "ok", "data": data})


def print_record(record: Mapping[str, object]) -> None:
    """Print one line of a stream at once, so that a reader has it before the next is made."""
    click.echo(_encode(record))


def print_error(error: EedgeError, *, as_json: bool) -> None:
    """Print an expected failure: on stdout as a document, or on stderr with what to try."""
    if as_json:
        _print_document({"status": "error", "error": error_fields(error)})
        return
    click.echo(f"eedge: error: {error.what}", err=True)
    if error.tries:
        click.echo("Things to try:", err=True)
    for hint in error.tries:
        click.echo(f"  - {hint}", err=True)


def error_fields(error: EedgeError) -> dict[str, object]:
    """Return an error as it stands in an envelope or in a stream's record."""
    return {"kind": error.kind, "what": error.what, "try": list(error.tries)}


def _print_document(fields: Mapping[str, object]) -> None:
    click.echo(_encode({"eedge": __version__, "format": FORMAT, **fields}))


def _encode(value: object) -> str:
    # ASCII, so that a file name that is not UTF-8 can be printed whatever the locale.
    return json.dumps(value, allow_nan=False)
