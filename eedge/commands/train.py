"""`eedge train`: speech and a recipe → a checkpoint folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eedge.output import json_option, print_json

if TYPE_CHECKING:
    from training.loop import Precision

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("recipe", type=_PATH)
@click.option(
    "--data",
    multiple=True,
    required=True,
    type=_PATH,
    metavar="MANIFEST",
    help="Speech to learn: JSONL or a LibriSpeech folder; may be repeated.",
)
@click.option(
    "--dev",
    multiple=True,
    required=True,
    type=_PATH,
    metavar="MANIFEST",
    help="Speech to measure on while training; may be repeated.",
)
@click.option("--noise", type=_PATH, metavar="MANIFEST", help="Noises to mix in.")
@click.option("--rooms", type=_PATH, metavar="MANIFEST", help="Room impulse responses.")
@click.option(
    "--start",
    type=_PATH,
    metavar="CHECKPOINT",
    help="Begin with the weights of this checkpoint, not with random ones.",
)
@click.option("--out", "-o", required=True, type=_PATH, help="Checkpoint folder.")
@click.option(
    "--precision",
    type=click.Choice(["no", "bf16", "fp16"]),
    default="no",
    show_default=True,
    help="Mixed precision; bf16 also speeds up recent CPUs.",
)
@click.option("--compile", "compile_blocks", is_flag=True, help="Compile blocks (torch.compile).")
@json_option
def command(
    recipe: Path,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    noise: Path | None,
    rooms: Path | None,
    start: Path | None,
    out: Path,
    precision: Precision,
    compile_blocks: bool,
    as_json: bool,
) -> None:
    """Train an encoder with exits.

    RECIPE is a TOML file such as checkpoints/small/recipe.toml. The run keeps its state in OUT/work
    and goes on from there when it is called again. On several GPUs: accelerate launch -m eedge
    train ….
    """
    from training.recipe import read_recipe
    from training.run import Sources, train
    from training.runlog import RunLog

    log = RunLog(out / "work" / "log.jsonl", lambda line: click.echo(f"eedge: {line}", err=True))
    result = train(
        read_recipe(recipe),
        Sources(data, dev, noise, rooms),
        out,
        log,
        compile_blocks=compile_blocks,
        precision=precision,
        start=start,
    )
    if result is None:
        return
    if as_json:
        print_json({"checkpoint": str(out), **result.fields()})
        return
    click.echo(f"{out}: {result.summary}")
