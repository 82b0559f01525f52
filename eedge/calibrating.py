"""What `eedge calibrate` does: fit on measured speech, or on a table; write files; show them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.calibrated import as_given, in_ms, show
from eedge.drawn import draw_picture
from eedge.output import print_json
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


@dataclass(frozen=True)
class Fitting:
    """How to fit: `units` are ρ and strategy, if nothing else is to be gone by."""

    delta: float
    spend: Spend
    units: tuple[float, Strategy] | None = None


@dataclass(frozen=True)
class Measuring:
    """What to run, on which board, and where to write what beside the bundle's calibration."""

    bundle: Path
    board: str
    data: Path
    test: Path | None
    table: Path | None
    plot: Path | None
    threads: int
    benchmark: tuple[str, str] | None = None
    """A device, and the path of `benchmark_model` there, to time each file with."""


def replay(
    path: Path, surer: tuple[str, ...], fitting: Fitting, plot: Path | None, as_json: bool
) -> None:
    """Fit on the rows of split `cal` of an exit table, and show what that is on `test`."""
    from calibration.calibrate import calibrate
    from calibration.foreign import completed, parse_surer
    from calibration.kinds import is_score
    from calibration.table_csv import read_table

    with stage(f"reading {path.name}"):
        table = completed(read_table(path), parse_surer(surer))
        cal, test = table.of_split("cal"), table.of_split("test")
    with stage("fitting"):
        result = calibrate(cal, test, fitting.delta, fitting.spend)
    caption = (
        f"fitted on {len(cal):,} utterances of {path.name}, figures on {len(test):,} others, "
        f"{test.words.sum():,} words"
    )
    if plot:
        draw_picture(result, plot, f"{path.stem}: word error rate against cost", caption, "cost")
    if as_json:
        lower = {name: table.is_surer_low(name) for name in table.scores if is_score(name)}
        asked = {"table": str(path), "delta": fitting.delta, "spend": fitting.spend}
        print_json({**asked, "lower_is_surer": lower, **result.fields()})
        return
    click.echo(f"{caption}\n")
    click.echo(show(result, as_given, "cost"))
    if plot:
        click.echo(f"plot: {plot}")


def calibrate_bundle(asked: Measuring, fitting: Fitting, as_json: bool) -> None:
    """Measure every exit, fit, write the calibration into the bundle, and show it."""
    from boards.board import load_board
    from calibration.calibrate import Conditions
    from calibration.conditions import Machine
    from calibration.speech import Speech, refuse_overlap
    from calibration.table import joined
    from calibration.table_csv import write_table
    from edge.bundle import Bundle

    board = load_board(asked.board)
    bundle = Bundle.open(asked.bundle)
    _check_board(board, bundle)
    if asked.benchmark:
        estimates, timed_by = _benchmarked(bundle, board, asked.benchmark, asked.threads)
    else:
        estimates, timed_by = _estimates(bundle, board), ""
    fitted_on = Speech.read(asked.data)
    tested_on = Speech.read(asked.test) if asked.test else None
    if tested_on:
        refuse_overlap(fitted_on, tested_on)

    tables = [_measure(bundle, fitted_on, "cal", asked.threads, estimates)]
    if tested_on:
        tables.append(_measure(bundle, tested_on, "test", asked.threads, estimates))
    measured = joined(tables)
    if asked.table:
        write_table(measured, asked.table)
    with stage("fitting"):
        result, fitted = _fit(tables, fitting)
    machine, recipe = Machine.here(asked.threads), bundle.manifest.recipe
    estimated = board.title if estimates else ""
    conditions = Conditions(
        machine,
        recipe,
        fitting.delta,
        fitting.spend,
        fitted_on,
        tested_on,
        estimated,
        fitted,
        timed_by,
    )
    path = bundle.calibration_path(board.name)
    kept = path.with_suffix(".csv")
    write_table(measured, kept)
    result.file(bundle, board.name, conditions).write(path)
    kind: CostKind = "estimated latency" if estimated else "latency"
    title = f"{bundle.manifest.name} on {board.name}: word error rate against {kind}"
    picture = draw_picture(
        result, asked.plot or path.with_suffix(".png"), title, conditions.caption, kind
    )

    files = {"calibration": path, "plot": picture, "table": asked.table or kept}
    if as_json:
        named = {name: str(file) if file else None for name, file in files.items()}
        where = {"bundle": str(asked.bundle), "board": board.name}
        print_json({**where, **named, "conditions": conditions.fields(), **result.fields()})
        return
    click.echo(f"{bundle.path} on {board.name}\n{conditions.caption}\n")
    click.echo(show(result, in_ms, "ms, estimated" if estimated else "ms"))
    for name, file in files.items():
        if file:
            click.echo(f"{name}: {file}")


def _fit(
    tables: list[ExitTable], fitting: Fitting
) -> tuple[Calibrated, dict[str, JsonValue] | None]:
    """Return what was fitted on the first table, and how, if one criterion was asked for."""
    from calibration.calibrate import calibrate
    from calibration.units import calibrate_units, fit_units

    cal, test = tables[0], tables[1] if len(tables) > 1 else None
    if fitting.units is None:
        return calibrate(cal, test, fitting.delta, fitting.spend), None
    fit = fit_units(cal, *fitting.units)
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


def _benchmarked(
    bundle: Bundle, board: Board, benchmark: tuple[str, str], threads: int
) -> tuple[Estimates | None, str]:
    """Return what each length takes on a device, each file timed alone there, and by what."""
    import numpy as np

    from convert.lengths import of_length
    from firmware_host.benchmark import Benchmark
    from firmware_host.flash.record import work_folder
    from firmware_host.links import open_link

    link, manifest = open_link(benchmark[0]), bundle.manifest
    runner = Benchmark(link, benchmark[1], work_folder(link, board), threads)
    branches = [manifest.exits[exit] for exit in bundle.exits]
    names = [manifest.frontend, *manifest.blocks, *branches]
    wanted = [(name, frames) for frames in manifest.buckets for name in names]
    with stage(f"timing by benchmark_model on {link.name}") as on_progress:
        seconds = runner.seconds(
            (of_length(bundle.path / name, frames) for name, frames in wanted),
            lambda done: on_progress(done, len(wanted)),
        )
    found = {}
    times = np.array(seconds, np.float64).reshape(-1, len(names))
    for frames, row in zip(manifest.buckets, times, strict=True):
        # The front end, then block after block: what it takes to come to each exit.
        to_exits = np.cumsum(row)[list(bundle.exits)]
        found[frames] = np.column_stack([np.diff(to_exits, prepend=0.0), row[-len(branches) :]])
    return found, f"benchmark_model on {link.name}"


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
