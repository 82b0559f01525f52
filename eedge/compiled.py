"""What `eedge compile` and `eedge convert` have in common: options, calling, and what is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError
from eedge.columns import columns
from eedge.progress import stage

if TYPE_CHECKING:
    from convert.compiling.bundle import Result

compiler_option = click.option(
    "--compiler",
    type=click.Path(path_type=Path),
    help="The Edge TPU's compiler (default: that of EDGETPU_COMPILER, or on the PATH).",
)
mapped_option = click.option(
    "--min-mapped",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Fail if the compiler maps a smaller share of a file's operations.",
)


class NoCompilerError(EedgeError):
    """The Edge TPU's compiler is not on this machine."""


def run_compiler(bundle: Path, given: Path | None, min_mapped: float) -> Result:
    """Compile a bundle with the compiler that is named or found.

    Raises:
        NoCompilerError: there is none.
        CompilerError, GateError: as `compile_bundle`.
    """
    from convert.compiling.bundle import compile_bundle, has_calibrations
    from convert.compiling.compiler import PROGRAM, VARIABLE, find_compiler

    compiler = find_compiler(given)
    if compiler is None:
        raise NoCompilerError(
            f"{PROGRAM} is not on this machine",
            "install it on x86-64 Debian: https://coral.ai/docs/edgetpu/compiler/",
            f"name it with --compiler, by {VARIABLE}, or have it on the PATH",
        )
    if has_calibrations(bundle):
        click.echo("eedge: calibrations hold for the bundle as it was, and are removed", err=True)
    with stage(f"compiling with {compiler.name}") as on_progress:
        return compile_bundle(bundle, compiler, min_mapped, on_progress)


def show(bundle: Path, result: Result) -> str:
    """Return what was compiled as text: for each file what is mapped, and why the rest is not.

    Of a file's lengths, the one that is worst off is shown.
    """
    rows = [["file", "length", "operations", "mapped", "cached", "streamed"]]
    for name, lengths in result.compiled.files.items():
        length = min(lengths, key=lambda frames: (lengths[frames].mapped, -frames))
        log = result.models[name, length]
        sizes = (
            "" if size is None else f"{size / 1024:,.0f} KiB"
            for size in (log.cached_bytes, log.streamed_bytes)
        )
        rows.append([name, f"t{length}", str(log.operations), str(log.mapped), *sizes])
    left = Counter[tuple[str, str]]()
    for log in result.models.values():
        left.update(
            {(row.operator, row.status): row.count for row in log.rows if not row.is_mapped}
        )
    lines = [f"{bundle}: {result.compiled.compiler}", "", columns(rows), ""]
    lines += [f"{name} × {count}: {status}" for (name, status), count in left.items()]
    if result.surprises:
        lines += ["", "eedge explain expected otherwise; please report this:"]
        lines += [f"  {one.more:+d} {one.operator}: {one.status}" for one in result.surprises]
    return "\n".join(lines).rstrip()


def fields(bundle: Path, result: Result) -> dict[str, object]:
    """Return what was compiled for JSON."""
    return {
        "bundle": str(bundle),
        "compiler": result.compiled.compiler,
        "least_mapped": result.compiled.least_mapped,
        "surprises": [asdict(one) for one in result.surprises],
        "files": [
            {
                "from": name,
                "frames": length,
                **made.model_dump(mode="json"),
                "rows": [asdict(row) for row in result.models[name, length].rows],
            }
            for name, lengths in result.compiled.files.items()
            for length, made in lengths.items()
        ],
    }
