"""`eedge calibrate`: a bundle and labelled speech → operating points for a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from boards.errors import UsageError
from eedge import calibrating
from eedge.drawn import check_picture
from eedge.output import json_option

if TYPE_CHECKING:
    from calibration.table import Spend
    from calibration.units import Strategy

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
@click.option(
    "--benchmark-model",
    metavar="PATH",
    help="Time each file by this program of TFLite's, which lies at that path on --device.",
)
@click.option("--device", metavar="SEL", help="Of --benchmark-model: adb:SERIAL, ssh:USER@HOST.")
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
    benchmark_model: str | None,
    device: str | None,
    threads: int,
    as_json: bool,
) -> None:
    """Fit operating points for a board, and compare them.

    Runs every utterance of --data to the last exit, chooses for each budget of lost WER the policy
    that costs least, and writes calibration/BOARD.json into the bundle. Beside it come a picture
    and the exit table, BOARD.csv, for eedge report; a device needs neither.

    For a board with a cost model, other than this machine, times are an estimate from its file:
    texts and scores are from here. Everything that comes of it says so. With --benchmark-model its
    files are timed on the device, each alone, where there is no agent yet.

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
        calibrating.replay(replay, surer, calibrating.Fitting(delta, spend), plot, as_json)
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
    if (benchmark_model is None) != (device is None):
        raise UsageError("--benchmark-model and --device go together")
    benchmark = (device, benchmark_model) if device and benchmark_model else None
    asked = calibrating.Measuring(
        bundle_path, board_name, data, test, table, plot, threads, benchmark
    )
    fitting = calibrating.Fitting(delta, spend, (rho, strategy) if criterion else None)
    calibrating.calibrate_bundle(asked, fitting, as_json)


def _given(option: str) -> bool:
    """Tell whether an option stands on the command line, be it with its default."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE
