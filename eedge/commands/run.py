"""`eedge run`: sound files → text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.accelerator import allow_cpu_option, choose_delegate, device_option
from eedge.across import Across
from eedge.output import error_fields, json_option, print_error, print_record

if TYPE_CHECKING:
    from edge.bundle import Bundle
    from edge.calibration import Calibration, OperatingPoint
    from edge.policy import Policy
    from edge.recogniser import Result, Transcript

_PATH = click.Path(path_type=Path)
_DEFAULT_BOARD = "host"


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.argument("files", metavar="FILE...", type=_PATH, nargs=-1, required=True)
@click.option(
    "--point",
    metavar="NAME",
    help="Operating point to run at (default: the fullest; full depth if not calibrated).",
)
@click.option("--exit", "exit_", type=int, metavar="K", help="Leave at this exit always.")
@click.option(
    "--board",
    metavar="NAME",
    help=f"Board whose operating points are meant (default: {_DEFAULT_BOARD}).",
)
@click.option(
    "--adapt",
    type=_PATH,
    metavar="STATE",
    help="Learn from each utterance what the next one runs with, between the operating point and "
    "full depth; kept in this file.",
)
@device_option
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
    allow_cpu: bool,
    threads: int,
    as_json: bool,
) -> None:
    """Recognise what is said in sound files.

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
    """
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
                print_record({**_record(file, heard, name), **across.fields(), **place})
            else:
                _show(str(file).ljust(width), heard)
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


def _record(file: Path, heard: Transcript, point: str | None) -> dict[str, object]:
    """Return a file's line of JSON; `segments` stands there only if the sound was cut."""
    record = {"audio": str(file), **_fields(heard), "point": point}
    if len(heard.pieces) > 1:
        record["segments"] = [
            {"start_s": piece.start_s, **_fields(piece)} for piece in heard.pieces
        ]
    return record


def _fields(heard: Transcript | Result) -> dict[str, object]:
    blocks = heard.blocks
    return {
        "text": heard.text,
        "exit": heard.exit,
        "blocks": int(blocks) if blocks == int(blocks) else round(blocks, 3),
        "duration_s": heard.duration_s,
        "latency_ms": round(1e3 * heard.latency_s, 3),
        "loading_ms": round(1e3 * heard.loading_s, 3),
        "rtf": round(heard.latency_s / heard.duration_s, 6),
        "score": heard.score,
    }


def _show(name: str, heard: Transcript) -> None:
    if len(heard.pieces) == 1:
        _print_line(heard, name, heard.text)
        return
    _print_line(heard, name, f"{len(heard.pieces)} pieces:")
    for piece in heard.pieces:
        _print_line(piece, f"from {piece.start_s:.1f} s".rjust(len(name)), piece.text)


def _print_line(heard: Transcript | Result, place: str, text: str) -> None:
    latency = f"{1e3 * heard.latency_s:8.1f} ms  RTF {heard.latency_s / heard.duration_s:.4f}"
    click.echo(f"exit {heard.exit:2}  {latency}  {place}  {text}".rstrip())
