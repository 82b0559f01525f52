"""`eedge explain`: what a board's accelerator makes of a bundle or of any `.tflite`."""

from __future__ import annotations

from pathlib import Path

import click

from boards.errors import EedgeError, UsageError
from eedge.output import json_option, print_json


@click.command()
@click.argument("path", metavar="BUNDLE|FILE.tflite", type=click.Path(path_type=Path))
@click.option("--board", "board_name", required=True, help="A board's name or file.")
@click.option(
    "--min-mapped",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Fail if a file has less of its multiply-accumulates on the accelerator.",
)
@click.option("--operators", is_flag=True, help="List every operator, also of a bundle's files.")
@json_option
def command(path: Path, board_name: str, min_mapped: float, operators: bool, as_json: bool) -> None:
    """Say which operators an accelerator takes, and what helps.

    Reads any .tflite. Says of each operator whether it is mapped, the rule that it breaks and the
    rewrite that helps; of each file the stretches that result, the share of multiply-accumulates
    on the accelerator, the bytes that cross at each border, and its weights against the parameter
    cache. Of a file with several lengths, the one that is worst off is shown.

    For a microcontroller, also of the memory that TFLite Micro needs for each file of a bundle, and
    what the whole takes of the board's flash and memory.

    What is said of the Edge TPU is what its manual and its users say: its compiler is closed.
    """
    from boards.board import load_board
    from convert.explain.bundle import explain_path
    from eedge import fits
    from eedge.explained import fields, show

    board = load_board(board_name)
    if board.operators is None:
        raise UsageError(
            f"board '{board.name}' has no operator table: its {board.target} takes every operator",
            "name a board with an accelerator: eedge boards",
        )
    explanation = explain_path(path, board)
    fitting = fits.fitting_of(path, board, explanation) if path.is_dir() else None
    failure: EedgeError | None = None
    try:
        explanation.check(min_mapped)
    except EedgeError as error:
        failure = error
    if as_json and failure is None:
        print_json({**fields(explanation), "fits": fits.fields(fitting) if fitting else None})
    elif not as_json:
        click.echo(show(explanation, operators or len(explanation.files) == 1))
        if fitting:
            click.echo(f"\n{fits.show(fitting)}")
    if failure is not None:
        raise failure
