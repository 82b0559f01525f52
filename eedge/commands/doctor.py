"""`eedge doctor`: what is wrong with a board at this machine, and what to send to who asks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError
from eedge.accelerator import device_option
from eedge.columns import columns
from eedge.compiled import compiler_option
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from boards.board import Board
    from edge.examination import Finding
    from edge.part_times import PartTime

_PATH = click.Path(path_type=Path)
_FORMAT = 1


@click.command()
@click.option("--board", "board_name", required=True, help="A board's name or file.")
@click.option(
    "--bundle",
    "bundle_path",
    type=_PATH,
    metavar="BUNDLE",
    help="A compiled bundle, each file of which is timed on the accelerator and on the CPU.",
)
@device_option
@compiler_option
@click.option("--report", type=_PATH, metavar="FILE", help="Write all of it there, as JSON.")
@json_option
def command(
    board_name: str,
    bundle_path: Path | None,
    device: str | None,
    compiler: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Find out what is wrong with a board at this machine.

    Looks at versions, the buses, the driver, this user's rights, the accelerator's library (in a
    process of its own, so that a crash is a finding) and its compiler, and with --bundle at what
    each file takes. The report names neither the machine nor the user: it is what to send when a
    board does other than this project says. The status is 1 if something is wrong.
    """
    from boards.board import load_board
    from calibration.files import write_whole
    from edge import examination

    board = load_board(board_name)
    findings = [_runtime(), examination.accelerator(board, device), _compiler(board, compiler)]
    times: list[PartTime] = []
    if bundle_path is not None:
        finding, times = _timed(board, bundle_path, device)
        findings.append(finding)
    document = {
        "report": _FORMAT,
        "board": board.name,
        "machine": examination.machine(),
        "system": examination.system(board),
        "findings": [finding.fields() for finding in findings],
        "times": [vars(each) for each in times],
    }
    if report is not None:
        # A path of the user's may stand in what went wrong.
        text = json.dumps(document, indent=2).replace(str(Path.home()), "~")
        write_whole(report, f"{text}\n".encode())
    if as_json:
        print_json(document)
    else:
        click.echo(_show(board, findings, times))
        if report is not None:
            click.echo(f"\nreport: {report}")
    if not all(finding.good for finding in findings):
        click.get_current_context().exit(1)


def _runtime() -> Finding:
    from edge.examination import Finding
    from edge.machine import installed_versions

    found = installed_versions(("ai-edge-litert", "tflite-runtime", "tensorflow"))
    if found:
        return Finding("runtime", True, ", ".join(f"{name} {v}" for name, v in found.items()))
    return Finding("runtime", False, "there is no interpreter", ("pip install ai-edge-litert",))


def _compiler(board: Board, given: Path | None) -> Finding:
    """Ask the compiler for its version; that it is missing is no fault of a board's."""
    from convert.compiling.compiler import find_compiler
    from edge.examination import Finding

    if board.target != "edgetpu":
        return Finding("compiler", True, "none is needed")
    try:
        program = find_compiler(given)
        if program is None:
            return Finding("compiler", True, "edgetpu_compiler is not on this machine")
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (EedgeError, OSError, subprocess.TimeoutExpired) as error:
        return Finding("compiler", False, f"it cannot be run: {error}")
    said = (done.stdout + done.stderr).strip().splitlines()
    return Finding("compiler", done.returncode == 0, said[0] if said else "it says nothing")


def _timed(board: Board, path: Path, device: str | None) -> tuple[Finding, list[PartTime]]:
    """Time a bundle's files at their shortest length and their longest."""
    from edge.bundle import Bundle
    from edge.delegate import Delegate
    from edge.examination import Finding
    from edge.part_times import part_times

    times: list[PartTime] = []
    try:
        bundle = Bundle.open(path)
        delegate = Delegate.of(board, device)
        for frames in sorted({bundle.manifest.buckets[0], bundle.manifest.buckets[-1]}):
            with stage(f"timing at {frames} frames"):
                times += part_times(bundle, delegate, frames)
    except EedgeError as error:
        return Finding("bundle", False, error.what, error.tries), times
    failed = [each for each in times if each.failure]
    if failed:
        what = f"{len(failed)} of {len(times)} files do not run: {failed[0].failure}"
        return Finding("bundle", False, what), times
    return Finding("bundle", True, f"{bundle.manifest.name}: {len(times)} timings"), times


def _show(board: Board, findings: Sequence[Finding], times: Sequence[PartTime]) -> str:
    lines = [f"{board.name}: {board.title}", ""]
    for finding in findings:
        lines.append(f"{'ok' if finding.good else 'WRONG':6} {finding.name:12} {finding.what}")
        lines += [f"{'':20}- {hint}" for hint in finding.tries]
    if times:
        rows = [["file", "frames", "CPU ms", "accelerator ms", "first ms", "SQNR dB"]]
        for each in times:
            taken = (each.cpu_s, each.accelerator_s, each.first_s)
            shown = ["" if s is None else f"{1e3 * s:.2f}" for s in taken]
            quality = "" if each.sqnr_db is None else f"{each.sqnr_db:.1f}"
            rows.append([each.file, str(each.frames), *shown, quality])
        lines += ["", columns(rows)]
    return "\n".join(lines)
