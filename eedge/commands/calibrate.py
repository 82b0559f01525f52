"""`eedge calibrate`: a bundle and labelled speech → operating points for a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from boards.errors import UsageError
from eedge.calibrated import as_given, in_ms, show
from eedge.drawn import check_picture, draw_picture
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from pydantic import JsonValue

    from boards.board import Board
    from calibration.calibrate import Calibrated
    from calibration.plot import CostKind
    from calibration.run_through import Estimates
    from calibration.speech import Speech
    from calibration.table import ExitTable, Spend
    from calibration.units import Strategy
    from edge.bundle import Bundle

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="[BUNDLE]", type=_PATH, required=False)
@click.option(
    "--board",
    "board_name",
    default="host",
    show_default=True,
    help="Board to calibrate for: a name or a board file.",
)
@click.option("--data", type=_PATH, metavar="MANIFEST", help="Speech to fit on.")
@click.option(
    "--test",
    type=_PATH,
    metavar="MANIFEST",
    help="Other speech to take the figures from (default: that of --data).",
)
@click.option(
    "--replay",
    type=_PATH,
    metavar="CSV",
    help="Fit on an exit table from anywhere, with no bundle and no speech.",
)
@click.option(
    "--surer",
    multiple=True,
    metavar="SCORE=low|high",
    help="Which way a score of that table points (default: found out); may be repeated.",
)
@click.option(
    "--delta",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Chance that a guaranteed point breaks its promise.",
)
@click.option(
    "--spend",
    default="each",
    show_default=True,
    type=click.Choice(["each", "total"]),
    help="What is to be least: each utterance's cost beside its own full depth, or the cost of all "
    "together, to which long ones add most.",
)
@click.option(
    "--criterion",
    type=click.Choice(["units"]),
    help="Fit this one alone: DAISY's entropy of units, which needs no texts.",
)
@click.option(
    "--rho",
    default=0.76,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Of units: the threshold, as a share of their mean entropy over all exits.",
)
@click.option(
    "--strategy",
    default="probability",
    show_default=True,
    type=click.Choice(["average", "min-max", "probability"]),
    help="Of units: which exits may be left at.",
)
@click.option("--table", type=_PATH, metavar="CSV", help="Write the exit table there as well.")
@click.option(
    "--plot",
    type=_PATH,
    metavar="FILE",
    help="Picture to write: .png, .svg or .pdf (default: a PNG beside the calibration).",
)
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@json_option
def command(
    bundle_path: Path | None,
    board_name: str,
    data: Path | None,
    test: Path | None,
    replay: Path | None,
    surer: tuple[str, ...],
    delta: float,
    spend: Spend,
    criterion: str | None,
    rho: float,
    strategy: Strategy,
    table: Path | None,
    plot: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    """Fit operating points for a board, and compare them.

    Runs every utterance of --data to the last exit, chooses for each budget of lost WER the policy
    that costs least, and writes calibration/BOARD.json into the bundle. Beside it come a picture
    and the exit table, BOARD.csv, for eedge report; a device needs neither.

    For a board with a cost model, other than this machine, times are an estimate from its file:
    texts and scores are from here. Everything that comes of it says so.

    Points called wer+B are expected to lose no more than B points; those called guaranteed+B do
    so with probability 1 − delta. What is too few for that is full depth.

    With --criterion units there is one point beside full depth: it leaves where the entropy of the
    encoder's own units is at most --rho times their mean, at the exits that --strategy allows.

    With --replay, fits on the rows of split 'cal' of an exit table and reports on those of
    'test'. Columns: utterance, split, exit, errors, words, cost, any scores, and optionally text.
    """
    check_picture(plot)
    if replay:
        if bundle_path or data or test or table or _given("board_name") or _given("threads"):
            raise UsageError(
                "--replay takes everything from the table",
                "give none of BUNDLE, --data, --test, --table, --board and --threads with it",
            )
        _replay(replay, surer, delta, spend, plot, as_json)
        return
    if surer:
        raise UsageError("--surer is about the scores of a table", "give it with --replay TABLE")
    if not bundle_path or not data:
        raise UsageError(
            "there is nothing to calibrate",
            "eedge calibrate BUNDLE --data MANIFEST",
            "eedge calibrate --replay TABLE.csv",
        )
    if not criterion and (_given("rho") or _given("strategy")):
        raise UsageError("--rho and --strategy are about units", "give --criterion units with them")
    units = (rho, strategy) if criterion else None
    fitting = (delta, spend, units)
    _calibrate(bundle_path, board_name, data, test, fitting, table, plot, threads, as_json)


def _given(option: str) -> bool:
    """Tell whether an option stands on the command line, be it with its default."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def _replay(
    path: Path, surer: tuple[str, ...], delta: float, spend: Spend, plot: Path | None, as_json: bool
) -> None:
    from calibration.calibrate import calibrate
    from calibration.foreign import completed, parse_surer
    from calibration.kinds import is_score
    from calibration.table_csv import read_table

    with stage(f"reading {path.name}"):
        table = completed(read_table(path), parse_surer(surer))
        cal, test = table.of_split("cal"), table.of_split("test")
    with stage("fitting"):
        result = calibrate(cal, test, delta, spend)
    caption = (
        f"fitted on {len(cal):,} utterances of {path.name}, figures on {len(test):,} others, "
        f"{test.words.sum():,} words"
    )
    if plot:
        draw_picture(result, plot, f"{path.stem}: word error rate against cost", caption, "cost")
    if as_json:
        lower = {name: table.is_surer_low(name) for name in table.scores if is_score(name)}
        asked = {"table": str(path), "delta": delta, "spend": spend, "lower_is_surer": lower}
        print_json({**asked, **result.fields()})
        return
    click.echo(f"{caption}\n")
    click.echo(show(result, as_given, "cost"))
    if plot:
        click.echo(f"plot: {plot}")


def _calibrate(
    bundle_path: Path,
    board_name: str,
    data: Path,
    test: Path | None,
    fitting: tuple[float, Spend, tuple[float, Strategy] | None],
    table: Path | None,
    plot: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    from boards.board import load_board
    from calibration.calibrate import Conditions
    from calibration.conditions import Machine
    from calibration.speech import Speech, refuse_overlap
    from calibration.table import joined
    from calibration.table_csv import write_table
    from edge.bundle import Bundle

    board = load_board(board_name)
    bundle = Bundle.open(bundle_path)
    _check_board(board, bundle)
    estimates = _estimates(bundle, board)
    fitted_on = Speech.read(data)
    tested_on = Speech.read(test) if test else None
    if tested_on:
        refuse_overlap(fitted_on, tested_on)

    tables = [_measure(bundle, fitted_on, "cal", threads, estimates)]
    if tested_on:
        tables.append(_measure(bundle, tested_on, "test", threads, estimates))
    measured = joined(tables)
    if table:
        write_table(measured, table)
    delta, spend, units = fitting
    with stage("fitting"):
        result, fitted = _fit(tables, delta, spend, units)
    machine, recipe = Machine.here(threads), bundle.manifest.recipe
    estimated = board.title if estimates else ""
    conditions = Conditions(machine, recipe, delta, spend, fitted_on, tested_on, estimated, fitted)
    path = bundle.calibration_path(board.name)
    kept = path.with_suffix(".csv")
    write_table(measured, kept)
    result.file(bundle, board.name, conditions).write(path)
    kind: CostKind = "estimated latency" if estimated else "latency"
    title = f"{bundle.manifest.name} on {board.name}: word error rate against {kind}"
    picture = draw_picture(
        result, plot or path.with_suffix(".png"), title, conditions.caption, kind
    )

    files = {"calibration": path, "plot": picture, "table": table or kept}
    if as_json:
        named = {name: str(file) if file else None for name, file in files.items()}
        where = {"bundle": str(bundle_path), "board": board.name}
        print_json({**where, **named, "conditions": conditions.fields(), **result.fields()})
        return
    click.echo(f"{bundle.path} on {board.name}\n{conditions.caption}\n")
    click.echo(show(result, in_ms, "ms, estimated" if estimated else "ms"))
    for name, file in files.items():
        if file:
            click.echo(f"{name}: {file}")


def _fit(
    tables: list[ExitTable], delta: float, spend: Spend, units: tuple[float, Strategy] | None
) -> tuple[Calibrated, dict[str, JsonValue] | None]:
    """Return what was fitted on the first table, and how, if one criterion was asked for."""
    from calibration.calibrate import calibrate
    from calibration.units import calibrate_units, fit_units

    cal, test = tables[0], tables[1] if len(tables) > 1 else None
    if units is None:
        return calibrate(cal, test, delta, spend), None
    fit = fit_units(cal, *units)
    return calibrate_units(fit, cal, test), fit.fields()


def _measure(
    bundle: Bundle, speech: Speech, split: str, threads: int, estimates: Estimates | None
) -> ExitTable:
    from calibration.measure import measure

    with stage(f"running {speech.path.name} to every exit") as on_progress:
        return measure(bundle, speech, split, threads, on_progress=on_progress, estimates=estimates)


def _estimates(bundle: Bundle, board: Board) -> Estimates | None:
    """Return what each length takes on a board that is another machine; None for this one."""
    import numpy as np

    from convert.explain.estimate import estimate

    if board.cost is None:
        return None
    click.echo(
        f"eedge: {board.title} is not measured: its times are an estimate from its board file",
        err=True,
    )
    return {
        frames: np.column_stack([seconds.to_here, seconds.branch])
        for frames, seconds in estimate(bundle, board).items()
    }


def _check_board(board: Board, bundle: Bundle) -> None:
    """Refuse a board whose costs can be neither measured here nor estimated."""
    if board.target != bundle.manifest.target:
        raise UsageError(
            f"board '{board.name}' runs {board.target}, "
            f"but {bundle.path} was converted for {bundle.manifest.target}",
            f"convert the checkpoint for it: eedge convert --board {board.name}",
        )
    if board.link != "local" and board.cost is None:
        raise UsageError(
            f"what board '{board.name}' takes can be neither measured here nor estimated",
            "run eedge calibrate on the board itself, with --board host",
        )
