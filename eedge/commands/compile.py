"""`eedge compile`: a bundle for the Edge TPU → the same with what its compiler makes of it."""

from __future__ import annotations

from pathlib import Path

import click

from eedge.compiled import compiler_option, fields, mapped_option, run_compiler, show
from eedge.output import json_option, print_json


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))
@compiler_option
@mapped_option
@json_option
def command(bundle_path: Path, compiler: Path | None, min_mapped: float, as_json: bool) -> None:
    """Compile a bundle's files for the Edge TPU.

    Calls edgetpu_compiler, which runs on x86-64 Linux: the one given, that of the variable
    EDGETPU_COMPILER, or that on the PATH. Files are compiled together, those that every utterance
    runs first, and the parameter cache is theirs in that order. The bundle is left as it was if a
    file is not compiled, or less of it is mapped than asked for: the compiler itself calls it a
    success even if it has mapped nothing. Its log stays in the bundle.
    """
    result = run_compiler(bundle_path, compiler, min_mapped)
    if as_json:
        print_json(fields(bundle_path, result))
    else:
        click.echo(show(bundle_path, result))
