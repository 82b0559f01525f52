"""`eedge calibrate`: a bundle and labelled speech → operating points for a board."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError, UsageError
from eedge.columns import columns
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from boards.board import Board
    from calibration.bootstrap import Estimate
    from calibration.calibrate import Calibrated
    from calibration.comparison import Row
    from calibration.points import Point
    from calibration.speech import Speech
    from calibration.table import ExitTable
    from edge.bundle import Bundle

_PATH = click.Path(path_type=Path)
_PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.option(
    "--board",
    "board_name",
    default="host",
    show_default=True,
    help="Board to calibrate for: a name or a board file.",
)
@click.option("--data", required=True, type=_PATH, metavar="MANIFEST", help="Speech to fit on.")
@click.option(
    "--test",
    type=_PATH,
    metavar="MANIFEST",
    help="Other speech to take the figures from (default: that of --data).",
)
@click.option("--table", type=_PATH, metavar="CSV", help="Write the exit table there.")
@click.option(
    "--plot",
    type=_PATH,
    metavar="FILE",
    help="Picture to write: .png, .svg or .pdf (default: a PNG beside the calibration).",
)
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@json_option
def command(
    bundle_path: Path,
    board_name: str,
    data: Path,
    test: Path | None,
    table: Path | None,
    plot: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    """Fit operating points for a board, and compare them.

    Runs every utterance to the last exit, fits a threshold for each budget of lost WER, and
    writes calibration/BOARD.json into the bundle, with a picture beside it.
    """
    from boards.board import load_board
    from calibration.calibrate import Conditions, calibrate
    from calibration.conditions import Machine
    from calibration.speech import Speech, refuse_overlap
    from calibration.table import joined
    from calibration.table_csv import write_table
    from edge.bundle import Bundle

    _check_picture(plot)
    board = load_board(board_name)
    bundle = Bundle.open(bundle_path)
    _check_board(board, bundle)
    fitted_on = Speech.read(data)
    tested_on = Speech.read(test) if test else None
    if tested_on:
        refuse_overlap(fitted_on, tested_on)

    tables = [_measure(bundle, fitted_on, "cal", threads)]
    if tested_on:
        tables.append(_measure(bundle, tested_on, "test", threads))
    if table:
        write_table(joined(tables), table)
    with stage("fitting"):
        result = calibrate(*tables)
    conditions = Conditions(Machine.here(threads), bundle.manifest.recipe, fitted_on, tested_on)
    path = bundle.calibration_path(board.name)
    result.file(bundle, board.name, conditions).write(path)
    title = f"{bundle.manifest.name} on {board.name}: word error rate against latency"
    picture = _draw(result, plot or path.with_suffix(".png"), title, conditions.caption)

    files = {"calibration": path, "plot": picture, "table": table}
    if as_json:
        named = {name: str(file) if file else None for name, file in files.items()}
        where = {"bundle": str(bundle_path), "board": board.name}
        print_json({**where, **named, "conditions": conditions.fields(), **result.fields()})
        return
    click.echo(f"{bundle.path} on {board.name}\n{conditions.caption}\n")
    _show(result)
    click.echo()
    for name, file in files.items():
        if file:
            click.echo(f"{name}: {file}")


def _measure(bundle: Bundle, speech: Speech, split: str, threads: int) -> ExitTable:
    from calibration.measure import measure

    with stage(f"running {speech.path.name} to every exit") as on_progress:
        return measure(bundle, speech, split, threads, on_progress=on_progress)


def _check_board(board: Board, bundle: Bundle) -> None:
    """Refuse a board whose costs cannot be measured here, before anything is run."""
    if board.target != bundle.manifest.target:
        raise UsageError(
            f"board '{board.name}' runs {board.target}, "
            f"but {bundle.path} was converted for {bundle.manifest.target}",
            f"convert the checkpoint for it: eedge convert --board {board.name}",
        )
    if board.link != "local":
        raise UsageError(
            f"what board '{board.name}' takes cannot be measured on this machine",
            "run eedge calibrate on the board itself, with --board host",
        )


def _check_picture(plot: Path | None) -> None:
    if plot is None:
        return
    if plot.suffix.lower() not in _PICTURES:
        raise UsageError(f"--plot {plot}: must end in {', '.join(_PICTURES)}")
    if not _can_draw():
        raise EedgeError("--plot needs matplotlib", "pip install 'eedge[report]'")


def _can_draw() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def _draw(result: Calibrated, path: Path, title: str, caption: str) -> Path | None:
    """Draw the picture; a board can do without matplotlib, and is told so."""
    if not _can_draw():
        click.echo("eedge: no picture without matplotlib: pip install 'eedge[report]'", err=True)
        return None
    from calibration.plot import draw, save

    with stage("drawing"):
        save(draw(result, title, caption), path)
    return path


def _show(result: Calibrated) -> None:
    over = result.comparison.over["cost"]
    mixes = dict(zip((point.name for point in result.fitted), over.mix_of_point, strict=True))
    header = ["", "exits", "threshold", "WER %", "", "over full", "", "mean exit", ""]
    header += ["ms", "saved", "random mix of same WER, ms"]
    points = [(row, *_policy(point), _ms(mixes[point.name])) for point, row in result.kept]
    groups = {
        "operating points": points,
        "fixed exits": [(row, "", "", "") for row in result.comparison.fixed],
        "random mix of fixed exits": [(row, "", "", "") for row in over.random_mix],
        "oracle": [(row, "", "", "") for row in over.oracle],
    }
    rows = [header]
    for title, group in groups.items():
        rows.append([title, *[""] * (len(header) - 1)])
        rows += [_cells(*entry) for entry in group]
    click.echo(columns(rows))
    for note in result.notes:
        click.echo(f"note: {note}")


def _cells(row: Row, exits: str, threshold: str, mix: str) -> list[str]:
    found = row.summary
    return [
        f"  {row.name}",
        exits,
        threshold,
        f"{found.wer.value:.2f}",
        _interval(found.wer, ".2f"),
        f"{found.increase.value:+.2f}",
        _interval(found.increase, "+.2f"),
        f"{found.depth.value:.2f}",
        _interval(found.depth, ".2f"),
        _ms(found.cost.value),
        f"{found.saved.value / (found.cost.value + found.saved.value):.1%}",
        mix,
    ]


def _interval(figure: Estimate, form: str) -> str:
    return f"[{figure.low:{form}}, {figure.high:{form}}]"


def _ms(seconds: float | None) -> str:
    return "none" if seconds is None else f"{1e3 * seconds:.2f}"


def _policy(point: Point) -> tuple[str, str]:
    """Return the exits that a policy looks at, and its threshold."""
    exits = point.rule.named_exits
    if point.rule.kind == "fixed":
        return f"{exits[0]}", ""
    return f"{exits[0]}–{exits[-1]}", f"{point.rule.threshold:.5g}"
