"""`eedge report`: what a calibration found, as one page with its pictures and figures."""

from __future__ import annotations

from pathlib import Path

import click

from eedge.output import json_option, print_json
from eedge.progress import stage

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.option("--out", "-o", required=True, type=_PATH, metavar="FOLDER", help="Where to write it.")
@click.option(
    "--board",
    default="host",
    show_default=True,
    metavar="NAME",
    help="Board whose calibration is meant.",
)
@click.option(
    "--table",
    type=_PATH,
    metavar="CSV",
    help="Exit table of the calibration (default: the one beside it in the bundle).",
)
@click.option(
    "--noise",
    type=_PATH,
    metavar="CSV",
    help="Show depth in noise as well: what 'eedge noise --out' wrote.",
)
@json_option
def command(
    bundle_path: Path,
    out: Path,
    board: str,
    table: Path | None,
    noise: Path | None,
    as_json: bool,
) -> None:
    """Write a page on what a calibration found.

    FOLDER/index.html needs nothing else: WER against cost, where utterances leave, what each score
    is worth, what each budget chose and why, and the conditions. Its pictures are also in
    FOLDER/pictures as PNG and SVG, the figures behind them in FOLDER/data as CSV.
    """
    from calibration.report.build import report
    from calibration.report.folder import check, write
    from calibration.report.source import Source
    from edge.bundle import Bundle

    check(out)
    source = Source.read(Bundle.open(bundle_path), board, table, noise)
    with stage("fitting"):
        found = report(source)
    with stage("drawing"):
        page = write(found, out)
    if as_json:
        print_json(
            {
                "bundle": str(bundle_path),
                "board": board,
                "page": str(page),
                "sections": [section.key for section in found.sections],
                "warnings": found.warnings,
            }
        )
        return
    for warning in found.warnings:
        click.echo(f"eedge: warning: {warning}", err=True)
    click.echo(f"page: {page}")
