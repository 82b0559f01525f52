"""`eedge bench`: a bundle's speed and memory beside other ways to run the same encoder."""

from __future__ import annotations

from pathlib import Path

import click

from boards.errors import UsageError
from eedge.output import json_option, print_json
from eedge.progress import stage

_PATH = click.Path(path_type=Path)
_OWN_SPEECH = Path(__file__).parents[2] / "tests" / "audio" / "test.jsonl"


@click.command()
@click.argument("bundle", type=_PATH)
@click.option(
    "--checkpoint",
    required=True,
    type=_PATH,
    metavar="DIR",
    help="Checkpoint that the bundle was made from.",
)
@click.option(
    "--data",
    type=_PATH,
    metavar="MANIFEST",
    help="Speech to recognise (default: that of eedge's own source folder).",
)
@click.option(
    "--utterances",
    default=40,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many of them, of all durations.",
)
@click.option(
    "--rounds",
    default=11,
    show_default=True,
    type=click.IntRange(min=1),
    help="Times that each engine recognises each utterance.",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep here what has to be exported, for the next time.",
)
@json_option
def command(
    bundle: Path,
    checkpoint: Path,
    data: Path | None,
    utterances: int,
    rounds: int,
    work: Path | None,
    as_json: bool,
) -> None:
    """Compare a bundle's speed and memory with other ways to run it.

    In one run, with one thread and with two: the bundle at full depth and at each operating
    point, PyTorch in float32, ONNX Runtime in int8, and the same encoder as one unsplit .tflite.
    """
    from convert.bench.bench import Plan, bench
    from convert.bench.markdown import markdown

    plan = Plan(bundle, checkpoint, data or _own_speech(), utterances, rounds, work=work)
    report = bench(plan, stage, lambda text: click.echo(f"eedge: note: {text}", err=True))
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        click.echo(markdown(report))


def _own_speech() -> Path:
    if not _OWN_SPEECH.is_file():
        raise UsageError(
            "there is no speech to recognise: --data is missing",
            "name a manifest of utterances with --data",
        )
    return _OWN_SPEECH
