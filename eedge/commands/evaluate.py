"""`eedge evaluate`: how much of labelled speech a bundle gets wrong, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.accelerator import allow_cpu_option, choose_delegate, device_option
from eedge.columns import columns
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from calibration.bootstrap import Estimate
    from calibration.evaluation import Evaluation, Figures
    from calibration.speech import Speech
    from calibration.table import ExitTable
    from edge.bundle import Bundle

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.option("--data", required=True, type=_PATH, metavar="MANIFEST", help="Labelled speech.")
@click.option("--point", metavar="NAME", help="Operating point to run at (default: full depth).")
@click.option("--exit", "exit_", type=int, metavar="K", help="Leave at this exit always.")
@click.option(
    "--board",
    default="host",
    show_default=True,
    metavar="NAME",
    help="Board whose operating points are meant.",
)
@click.option(
    "--table", type=_PATH, metavar="CSV", help="Run all exits too, and write the exit table there."
)
@device_option
@allow_cpu_option
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@json_option
def command(
    bundle_path: Path,
    data: Path,
    point: str | None,
    exit_: int | None,
    board: str,
    table: Path | None,
    device: str | None,
    allow_cpu: bool,
    threads: int,
    as_json: bool,
) -> None:
    """Measure word errors and latency on labelled speech.

    Recognises every utterance as 'eedge run' does, running no more blocks than the operating
    point asks for. With --table it also runs them all to the last exit, and shows every exit.
    A bundle for the Edge TPU is run there, on the one of --board; on the CPU with --allow-cpu.
    """
    from calibration.conditions import Machine
    from calibration.evaluation import evaluate, of_every_exit
    from calibration.speech import Speech
    from edge.bundle import Bundle
    from edge.policy import FixedExit
    from edge.recogniser import Recogniser

    if point is not None and exit_ is not None:
        raise UsageError("--point and --exit both say where to leave", "give one of them")
    bundle = Bundle.open(bundle_path)
    policy = (
        FixedExit(bundle.exits[-1] if exit_ is None else exit_, bundle.exits)
        if point is None
        else bundle.calibration(board).point(point)
    )
    named = None if board == "host" else board
    delegate = choose_delegate(bundle, named, device, allow_cpu)
    recogniser = Recogniser(bundle, policy, threads, memory_mb=math.inf, delegate=delegate)
    speech = Speech.read(data)
    with stage(f"recognising {data.name}") as on_progress:
        evaluation = evaluate(recogniser, speech.utterances, on_progress)
    every_exit = {}
    if table:
        every_exit = of_every_exit(_measure(bundle, speech, table, threads))

    machine = Machine.here(threads)
    if as_json:
        recipe = bundle.manifest.recipe
        conditions = {**machine.fields(), "recipe": recipe, "data": speech.conditions()}
        print_json(
            {
                "bundle": str(bundle_path),
                "point": point,
                "exit": exit_,
                "conditions": conditions,
                **_fields(evaluation),
                "table": str(table) if table else None,
                "every_exit": {str(exit): _fields(found) for exit, found in every_exit.items()},
            }
        )
        return
    left = point or f"exit {recogniser.policy.deepest}"
    click.echo(f"{bundle_path} at {left}, on {speech.path}")
    click.echo(f"{machine.summary} · {bundle.manifest.recipe}\n")
    _show(evaluation)
    if every_exit:
        _show_every_exit(every_exit)
        click.echo(f"\ntable: {table}")


def _measure(bundle: Bundle, speech: Speech, table: Path, threads: int) -> ExitTable:
    from calibration.measure import measure
    from calibration.table_csv import write_table

    with stage(f"running {speech.path.name} to every exit") as on_progress:
        measured = measure(bundle, speech, speech.name, threads, on_progress=on_progress)
    write_table(measured, table)
    return measured


def _fields(evaluation: Evaluation) -> dict[str, object]:
    corpora, exits = evaluation.by_corpus(), evaluation.by_exit()
    return {
        **evaluation.figures().fields(),
        "exits": {
            str(exit): {"share": found.utterances / len(evaluation), **found.fields()}
            for exit, found in exits.items()
        },
        "corpora": {name: found.fields() for name, found in corpora.items()},
    }


def _show(evaluation: Evaluation) -> None:
    header = [
        *("", "utterances", "words", "WER %", "", "CER %", ""),
        *("mean exit", "p50 ms", "p90 ms", "RTF"),
    ]
    rows = [header, _cells("all", evaluation.figures())]
    rows += [_cells(name, found) for name, found in evaluation.by_corpus().items()]
    rows += [
        _cells(
            f"{found.utterances / len(evaluation):.1%} left at exit {exit}" if exit else "silent",
            found,
        )
        for exit, found in evaluation.by_exit().items()
    ]
    click.echo(columns(rows))


def _cells(name: str, found: Figures) -> list[str]:
    return [
        name,
        f"{found.utterances:,}",
        f"{found.words:,}",
        f"{found.wer.value:.2f}",
        _interval(found.wer) if found.utterances > 1 else "",
        f"{found.cer.value:.2f}",
        _interval(found.cer) if found.utterances > 1 else "",
        f"{found.mean_exit:.2f}",
        f"{1e3 * found.latency_p50:.1f}",
        f"{1e3 * found.latency_p90:.1f}",
        f"{found.rtf:.4f}",
    ]


def _interval(figure: Estimate) -> str:
    return f"[{figure.low:.2f}, {figure.high:.2f}]"


def _show_every_exit(every_exit: Mapping[int, Evaluation]) -> None:
    """Print WER by exit and corpus."""
    corpora = next(iter(every_exit.values())).by_corpus()
    rows = [["WER % of", "all", "", *corpora, "mean ms"]]
    for exit, evaluation in every_exit.items():
        figures = evaluation.figures()
        rows.append(
            [
                f"exit {exit}",
                f"{figures.wer.value:.2f}",
                _interval(figures.wer),
                *(f"{found.wer.value:.2f}" for found in evaluation.by_corpus().values()),
                f"{1e3 * figures.latency_mean:.1f}",
            ]
        )
    click.echo("\n" + columns(rows))
