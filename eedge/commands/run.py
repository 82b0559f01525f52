"""`eedge run`: sound → text, here or on a device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.accelerator import (
    allow_cpu_option,
    choose_delegate,
    names_accelerator,
    run_device_option,
)
from eedge.across import Across
from eedge.output import error_fields, json_option, print_error, print_record
from eedge.transcripts import lines, record

if TYPE_CHECKING:
    from edge.bundle import Bundle
    from edge.calibration import Calibration, OperatingPoint
    from edge.policy import Policy

_PATH = click.Path(path_type=Path)
_DEFAULT_BOARD = "host"


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.argument("files", metavar="[FILE]...", type=_PATH, nargs=-1)
@click.option(
    "--point",
    metavar="NAME",
    help="Operating point to run at, on a device never to exceed (default: the fullest; full depth "
    "if not calibrated).",
)
@click.option("--exit", "exit_", type=int, metavar="K", help="Leave at this exit always.")
@click.option(
    "--board",
    metavar="NAME",
    help="Board whose operating points are meant "
    f"(default: {_DEFAULT_BOARD}, or what a device says it is).",
)
@click.option(
    "--adapt",
    type=_PATH,
    metavar="STATE",
    help="Learn from each utterance what the next one runs with, between the operating point and "
    "full depth; kept in this file.",
)
@run_device_option
@click.option("--watch", type=_PATH, metavar="FOLDER", help="Run what is put there, on a device.")
@click.option("--microphone", is_flag=True, help="Run what is said here, on a device.")
@click.option("--agent", metavar="LINE", help="What starts the agent on a device with a shell.")
@click.option("--baud", default=115_200, show_default=True, help="Of a serial port.")
@allow_cpu_option
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@json_option
def command(
    bundle_path: Path,
    files: tuple[Path, ...],
    point: str | None,
    exit_: int | None,
    board: str | None,
    adapt: Path | None,
    device: str | None,
    watch: Path | None,
    microphone: bool,
    agent: str | None,
    baud: int,
    allow_cpu: bool,
    threads: int,
    as_json: bool,
) -> None:
    """Recognise what is said, in sound files or on a device.

    Runs no more blocks than the operating point asks for. Times hold features, front end, blocks,
    branches and decoding; not reading the file, nor loading the bundle for another length, which
    --json shows apart. Sound
    that is too long for the encoder is cut at its pauses: the exit is then the deepest of its
    pieces, the blocks and the score are their means, weighted by duration.

    With --json, prints one record a line for each file. A file that cannot be read is reported,
    and the others are still recognised; the status is then 1.

    A bundle for the Edge TPU runs there, on the one of --board, if it is compiled; on the CPU only
    with --allow-cpu.

    At an operating point that goes by a score, it says so once if the speech no longer looks like
    that of the calibration. With --adapt, a result depends on the utterances before it.

    With --device, sound goes to the agent of a device that has this BUNDLE too. A governor picks
    the operating point before each utterance from heat, battery and what waits, and what cannot be
    read counts as bad. Files are waited for by nobody: at less depth the device rests in between. A
    link that breaks is opened again, and nothing is lost or heard twice. --watch and --microphone
    go on until Ctrl-C.
    """
    if device is not None and not names_accelerator(device):
        from eedge.on_device import Wanted, run_on_device

        if exit_ is not None or adapt is not None or allow_cpu:
            raise UsageError(
                "on a device the governor picks the depth",
                "--point NAME says how deep it may go, in place of --exit, --adapt and --allow-cpu",
            )
        sources = (files, watch, microphone)
        if sum(map(bool, sources)) != 1:
            raise UsageError("say what to run", "give one of FILE..., --watch and --microphone")
        wanted = Wanted(bundle_path, *sources, device, agent, baud, board, point, threads)
        if not run_on_device(wanted, as_json):
            click.get_current_context().exit(1)
        return
    if not files or watch is not None or microphone:
        raise UsageError(
            "name the sound files to run",
            "--watch and --microphone run on a device: --device local",
        )
    from edge.bundle import Bundle
    from edge.errors import AudioError
    from edge.policy import FixedExit
    from edge.recogniser import Recogniser

    bundle = Bundle.open(bundle_path)
    delegate = choose_delegate(bundle, board, device, allow_cpu)
    chosen = _choose(bundle, point, exit_, board)
    if chosen is None:
        policy: Policy = FixedExit(bundle.exits[-1] if exit_ is None else exit_, bundle.exits)
    else:
        policy = chosen[1].policy(bundle.exits)
    place = (
        {} if bundle.manifest.target == "cpu" else {"on": delegate.library if delegate else "cpu"}
    )
    failed = False
    with Across(bundle, chosen, policy, adapt) as across:
        recogniser = Recogniser(bundle, across.policy, threads, delegate=delegate)
        width = max(len(str(file)) for file in files)
        for file in files:
            across.begin()
            try:
                heard = recogniser.transcribe_file(file)
            except AudioError as error:
                failed = True
                if as_json:
                    print_record({"audio": str(file), "error": error_fields(error)})
                else:
                    print_error(error, as_json=False)
                continue
            if as_json:
                name = chosen[1].name if chosen else None
                print_record({**record(str(file), heard, name), **across.fields(), **place})
            else:
                click.echo("\n".join(lines(str(file).ljust(width), heard)))
            across.warn()
    if failed:
        click.get_current_context().exit(1)


def _choose(
    bundle: Bundle, point: str | None, exit_: int | None, board: str | None
) -> tuple[Calibration, OperatingPoint] | None:
    """Return the operating point to run at, or None if none is meant."""
    if exit_ is not None:
        if point is not None:
            raise UsageError("--point and --exit both say where to leave", "give one of them")
        return None
    if point is None and board is None and _DEFAULT_BOARD not in bundle.calibrations():
        return None
    on_accelerator = bundle.manifest.target != "cpu"
    if point is None and on_accelerator and board not in bundle.calibrations():
        return None  # The board says where it runs as well, calibrated or not.
    calibration = bundle.calibration(board or _DEFAULT_BOARD)
    return calibration, calibration.points[0] if point is None else calibration.point(point)
