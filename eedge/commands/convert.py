"""`eedge convert`: a checkpoint folder → a bundle of `.tflite` files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge import compiled
from eedge.compiled import compiler_option, mapped_option, run_compiler
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from convert.quality import Quality


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option(
    "--board",
    "board_name",
    default="host",
    show_default=True,
    help="Board to convert for: a name or a board file.",
)
@click.option("--recipe", help="float32, dynamic-int8 or static-int8 (default: the board's own).")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Manifest of speech to measure with, and to find int8 ranges on.",
)
@click.option(
    "--utterances",
    default=64,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many of them, spread evenly over the manifest.",
)
@click.option("--buckets", help="Lengths to export for, in encoder frames, as 25,50,100.")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    help="Bundle folder (default: CHECKPOINT's name with .eedge, here).",
)
@click.option(
    "--min-sqnr", type=float, metavar="DB", help="Fail if the SQNR of all blocks chained is lower."
)
@click.option(
    "--max-flips",
    type=float,
    metavar="SHARE",
    help="Fail if a larger share of utterances changes its exit.",
)
@compiler_option
@mapped_option
@click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one per core, to 4).")
@json_option
def command(
    checkpoint: Path,
    board_name: str,
    recipe: str | None,
    data: Path | None,
    utterances: int,
    buckets: str | None,
    out: Path | None,
    min_sqnr: float | None,
    max_flips: float | None,
    compiler: Path | None,
    min_mapped: float,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Convert a checkpoint, block by block, to a bundle.

    The bundle NAME.eedge holds the front end, every block and every branch as a .tflite of its
    own, a manifest with checksums, and, if --data is given, quality.json: what conversion cost.

    A folder in Hugging Face format works too, with its CTC head as the only exit: more of them
    have to be trained first (eedge train --start).

    For an Edge TPU its compiler is called as well, if it is on this machine (see eedge compile).
    Without it, or if it gives up, the bundle is left uncompiled.

    For a microcontroller, TFLite Micro is asked what memory each file needs, if it is installed
    (pip install 'eedge[micro]'). A bundle that does not fit the board's flash or memory is refused.
    """
    from boards.board import load_board
    from convert.compiling.bundle import finishing_command
    from convert.compiling.compiler import find_compiler
    from convert.convert import Conversion, convert
    from convert.quality import Gate
    from convert.speech import read_features
    from eedge import fits
    from training.checkpoint import read_config
    from training.pretrained.huggingface import as_checkpoint

    board = load_board(board_name)
    program = find_compiler(compiler) if board.target == "edgetpu" else None
    with as_checkpoint(checkpoint) as folder:
        config = read_config(folder)
        features = read_features(data, utterances, config.features) if data else []
        plan = Conversion(
            checkpoint=folder,
            recipe=recipe or board.recipe,
            target=board.target,
            buckets=_parse_buckets(buckets) if buckets else (),
            features=features,
            data=data.name if data else "",
            gate=Gate(min_sqnr_db=min_sqnr, max_flips=max_flips),
            jobs=jobs or min(4, os.cpu_count() or 1),
            board=board,
        )
        out = out or Path(f"{config.name}.eedge")
        with stage("converting parts") as on_parts, stage("measuring quality") as on_quality:
            quality = convert(plan, out, on_parts, on_quality)
    if not as_json:
        click.echo(f"{out}: {plan.recipe} for {board.name}")
        if quality:
            _show(quality)
        else:
            click.echo("Quality was not measured; give speech with --data to measure it.")
    result = run_compiler(out, program, min_mapped) if program else None
    budget = fits.budget_at(out, board) if board.room else None
    finish = None if result or board.target != "edgetpu" else finishing_command(out)
    if as_json:
        fields = quality.model_dump(mode="json") if quality else None
        made = compiled.fields(out, result) if result else None
        written = {"bundle": str(out), "recipe": plan.recipe, "quality": fields}
        fitting = fits.budget_fields(budget) if budget else None
        print_json({**written, "compiled": made, "finish": finish, "budget": fitting})
        return
    if result:
        click.echo(f"\n{compiled.show(out, result)}")
    if budget:
        click.echo(f"\n{fits.show_budget(budget)}")
    if finish:
        click.echo(
            "\nIt is not compiled, and runs on no Edge TPU yet: edgetpu_compiler is not on this "
            f"machine.\nOn one that has it: {finish}"
        )


def _parse_buckets(text: str) -> tuple[int, ...]:
    try:
        frames = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--buckets {text}: is no list of numbers such as 25,50,100") from error
    if not frames or frames[0] < 1 or list(frames) != sorted(set(frames)):
        raise UsageError(f"--buckets {text}: must ascend from 1 or more")
    return frames


def _show(quality: Quality) -> None:
    click.echo(f"\n{quality.utterances} utterances of {quality.data} against the float encoder:\n")
    click.echo("block   alone   chained   same text   words that differ")
    click.echo(f"front  {quality.frontend.alone_db:5.1f} dB  {quality.frontend.chained_db:5.1f} dB")
    for depth, block in quality.blocks.items():
        line = f"{depth:5d}  {block.alone_db:5.1f} dB  {block.chained_db:5.1f} dB"
        if exit := quality.exits.get(depth):
            line += f"   {exit.same_text:9.1%}   {exit.word_difference:15.2f} %"
        click.echo(line)
    flips = quality.flips
    click.echo(
        f"\nexit flips: {flips.mean:.1%} of utterances on average over "
        f"{len(flips.shares)} thresholds on {flips.score}, {max(flips.shares):.1%} at most"
    )
