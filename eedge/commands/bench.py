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
@click.argument("bundle", type=_PATH, required=False)
@click.option(
    "--checkpoint",
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
    "--threads",
    type=click.IntRange(min=1),
    help="Measure with so many only (default: with one and with two).",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="Instead of a bundle: hubert-base or hubert-large with random weights.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    help="Length of the sound for --encoder (default: 10).",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep here what has to be exported, for the next time.",
)
@json_option
def command(
    bundle: Path | None,
    checkpoint: Path | None,
    data: Path | None,
    utterances: int,
    rounds: int,
    threads: int | None,
    encoder: str | None,
    seconds: float | None,
    work: Path | None,
    as_json: bool,
) -> None:
    """Compare a bundle's speed and memory with other ways to run it.

    In one run, with one thread and with two: the bundle at full depth and at each operating
    point, PyTorch in float32 and in int8, ONNX Runtime in int8, and the same encoder as one
    unsplit .tflite.

    With --encoder there is no bundle: one of the true size is made of random weights, for one
    sound of --seconds. That takes minutes, and gigabytes in --work.
    """
    from convert.bench.bench import Plan, bench, kept
    from convert.bench.markdown import markdown

    counts = (threads,) if threads else (1, 2)
    with kept(work) as folder:
        if encoder is not None:
            if bundle or checkpoint or data:
                raise UsageError("--encoder makes its own bundle, checkpoint and sound")
            from convert.bench.untrained import prepare_untrained

            plan = prepare_untrained(encoder, seconds or 10.0, rounds, counts, folder, stage)
        else:
            bundle, checkpoint = _both(bundle, checkpoint, seconds)
            speech = data or _own_speech()
            plan = Plan(bundle, checkpoint, speech, utterances, rounds, counts, folder)
        report = bench(plan, stage, lambda text: click.echo(f"eedge: note: {text}", err=True))
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        click.echo(markdown(report))


def _both(bundle: Path | None, checkpoint: Path | None, seconds: float | None) -> tuple[Path, Path]:
    """Return the bundle and its checkpoint, if both are named and nothing contradicts them."""
    if seconds is not None:
        raise UsageError("--seconds is of the sound that --encoder makes", "name one: --encoder")
    if bundle is None:
        raise UsageError(
            "what to measure is missing",
            "name a bundle: eedge bench NAME.eedge --checkpoint DIR",
            "or an encoder of true size: eedge bench --encoder hubert-base",
        )
    if checkpoint is None:
        raise UsageError("--checkpoint is missing", "name the one that the bundle was made from")
    return bundle, checkpoint


def _own_speech() -> Path:
    if not _OWN_SPEECH.is_file():
        raise UsageError(
            "there is no speech to recognise: --data is missing",
            "name a manifest of utterances with --data",
        )
    return _OWN_SPEECH
