"""`eedge simulate`: what the governor would make of a day, beside what others would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.output import json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware_host.simulation.compare import Outcome
    from firmware_host.simulation.device import Day

_PATH = click.Path(path_type=Path)
_PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.option(
    "--scenario",
    metavar="NAME",
    help="A day that is made up: hot-day, cold-start, draining-battery, sensor-lost, fan-failing.",
)
@click.option(
    "--trace",
    type=_PATH,
    metavar="CSV",
    help="A day that was recorded: columns time_s, celsius, busy, and if known battery_percent, "
    "charging, point.",
)
@click.option(
    "--board",
    default="host",
    show_default=True,
    metavar="NAME",
    help="Board whose operating points and trip points are meant.",
)
@click.option("--point", metavar="NAME", help="Deepest operating point (default: the fullest).")
@click.option("--plot", type=_PATH, metavar="FILE", help="Draw it: FILE ends in png, svg or pdf.")
@json_option
def command(
    bundle_path: Path,
    scenario: str | None,
    trace: Path | None,
    board: str,
    point: str | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Show what the governor would make of a day.

    It is simulated, before anything drives a device. Beside it: fixed depths, a plain threshold
    with hysteresis, and an oracle that knows the future. The day is simulated from a model of the
    device's heat and battery, which for --trace is fitted to the recording; the word errors and
    costs of the operating points are those of the bundle's calibration.
    """
    from boards.board import load_board
    from edge.bundle import Bundle
    from firmware_host.governor import Limits, ladder
    from firmware_host.simulation.compare import compare
    from firmware_host.simulation.scenarios import scenario as made_up
    from firmware_host.simulation.trace import read_trace

    if (scenario is None) == (trace is None):
        raise UsageError("say which day is meant", "give one of --scenario and --trace")
    if plot is not None and plot.suffix.lower() not in _PICTURES:
        raise UsageError(f"{plot}: is no name of a picture", f"ends in {', '.join(_PICTURES)}")
    known = load_board(board)
    rungs = ladder(Bundle.open(bundle_path).calibration(known.name), point)
    limits = Limits.of(known)
    day = made_up(scenario or "", limits) if trace is None else read_trace(trace, rungs, limits)
    outcomes = compare(day, rungs)
    if plot is not None:
        from firmware_host.simulation.plot import draw, encoded

        plot.write_bytes(encoded(draw(day, rungs, outcomes), plot.suffix.lower().lstrip(".")))
    if as_json:
        print_json(
            {
                "bundle": str(bundle_path),
                "board": known.name,
                "day": day.name,
                "ceiling_celsius": limits.ceiling,
                "hours": len(day) * day.step / 3600,
                "points": [rung.point for rung in rungs],
                "outcomes": [one.fields() for one in outcomes],
                "plot": None if plot is None else str(plot),
            }
        )
        return
    _show(day, outcomes)


def _show(day: Day, outcomes: Sequence[Outcome]) -> None:
    click.echo(f"{day.title} (simulated)\n")
    width = max(len(one.name) for one in outcomes)
    above = f"above {day.limits.ceiling:.0f} °C"
    click.echo(f"{'':{width}}      WER  depth  hottest  {above}  switches  battery")
    for one in outcomes:
        left = "" if one.percent is None else f"{one.percent:7.1f} %"
        click.echo(
            f"{one.name:{width}}  {one.wer:5.2f} %  {one.depth:5.2f}  {one.hottest:4.1f} °C"
            f"  {one.above_s:9.0f} s  {one.switches:8}  {left}".rstrip()
        )
