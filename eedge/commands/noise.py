"""`eedge noise`: how an operating point fares where it is noisy, and whether its promise holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import UsageError
from eedge.columns import columns
from eedge.output import json_option, print_json
from eedge.progress import stage

if TYPE_CHECKING:
    from calibration.bootstrap import Estimate
    from calibration.difficulty import Follows
    from calibration.heard import Heard
    from calibration.speech import Speech
    from edge.calibration import Calibration, Guarantee

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=_PATH)
@click.option("--data", required=True, type=_PATH, metavar="MANIFEST", help="Labelled speech.")
@click.option(
    "--noise",
    "noise_path",
    required=True,
    type=_PATH,
    metavar="MANIFEST",
    help="Noises to mix it with; of a list with splits, those of split 'test'.",
)
@click.option(
    "--rooms",
    "rooms_path",
    type=_PATH,
    metavar="MANIFEST",
    help="Impulse responses of rooms to hear it in as well; of their splits the same.",
)
@click.option(
    "--snr",
    default="20,10,5,0",
    show_default=True,
    metavar="DB,…",
    help="Speech over noise; clean speech is always run.",
)
@click.option("--point", metavar="NAME", help="Operating point to run at (default: the least).")
@click.option(
    "--board",
    default="host",
    show_default=True,
    metavar="NAME",
    help="Board whose operating points are meant.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Run N utterances, drawn by the seed."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option(
    "-o", "--out", type=_PATH, metavar="CSV", help="Write a row for every utterance there."
)
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@json_option
def command(
    bundle_path: Path,
    data: Path,
    noise_path: Path,
    rooms_path: Path | None,
    snr: str,
    point: str | None,
    board: str,
    limit: int | None,
    seed: int,
    out: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    """Measure how noise and rooms change depth and word errors.

    Runs speech clean, mixed with noise, and in rooms, each to the last exit, and shows what the
    operating point does there beside full depth. The SNR is the power of the speech while somebody
    speaks (ITU-T P.56) over that of the noise. Which noise an utterance is mixed with depends on
    the seed and the utterance's name alone.

    A guarantee was tested on the speech of the calibration. Where the scores say that this is other
    speech, it is refused; whether what it promised is true here all the same is tested, too.
    """
    from calibration.conditions import Machine
    from calibration.difficulty import depth_follows_noise
    from calibration.heard import write_rows
    from calibration.listener import REPEATS, Listener
    from calibration.mixing import Mixer, Sounds, drawn, surroundings
    from calibration.speech import Speech
    from edge.bundle import Bundle

    snrs = _parse_snrs(snr)
    bundle = Bundle.open(bundle_path)
    calibration = bundle.calibration(board)
    chosen = calibration.points[-1] if point is None else calibration.point(point)
    speech = drawn(Speech.read(data), limit, seed)
    rate = bundle.manifest.sample_rate
    noises = Sounds.read(noise_path, rate)
    rooms = Sounds.read(rooms_path, rate) if rooms_path else None
    listener = Listener(
        bundle, calibration, chosen, Mixer(noises, rooms, seed, rate), threads, seed
    )
    heard = []
    for around in surroundings(snrs, rooms is not None):
        with stage(f"listening to {data.name}, {around.name}") as on_progress:
            heard.append(listener.hear(speech, around, on_progress))
    if out:
        write_rows(heard, chosen.name, out)

    follows = depth_follows_noise(heard)
    fitted_here = _fitted_on(calibration, speech)
    machine, recipe = Machine.here(threads), bundle.manifest.recipe
    if as_json:
        conditions = {
            **machine.fields(),
            "recipe": recipe,
            "repeats": REPEATS,
            "seed": seed,
            "data": speech.conditions(),
            "noise": noises.conditions(),
            "rooms": rooms.conditions() if rooms else None,
        }
        print_json(
            {
                "bundle": str(bundle_path),
                "board": board,
                "point": chosen.name,
                "guarantee": chosen.guarantee.model_dump() if chosen.guarantee else None,
                "conditions": conditions,
                "fitted_on_this_speech": fitted_here,
                "surroundings": [one.fields() for one in heard],
                "spearman": {"conditions": follows.conditions, "utterances": follows.utterances},
                "rows": str(out) if out else None,
            }
        )
        return
    words = f"{len(speech.utterances):,} utterances, {heard[0].table.words.sum():,} words"
    click.echo(f"{bundle_path} at {chosen.name}, on {data} ({words})")
    click.echo(f"noise of {noise_path} ({len(noises.names)} recordings), seed {seed}")
    click.echo(f"{machine.summary} · {recipe}\n")
    click.echo(columns([_HEADER, *(_cells(one) for one in heard)]) + "\n")
    click.echo("\n".join(_notes(heard, chosen.guarantee, follows)))
    if fitted_here:
        click.echo("note: the calibration was fitted on this speech; clean, it flatters the point")
    if out:
        click.echo(f"rows: {out}")


def _notes(heard: Sequence[Heard], guarantee: Guarantee | None, follows: Follows) -> list[str]:
    notes = [
        f"Spearman correlation of noise with depth: {_signed(follows.conditions)} "
        f"of the mean exits, {_signed(follows.utterances)} of all exits"
    ]
    if guarantee:
        notes.append(
            f"guarantee: at most {guarantee.epsilon:g} points over full depth with probability "
            f"{1 - guarantee.delta:g}, on speech like that of the calibration"
        )
    notes += [
        f"{one.around.name}: {one.promise.sentence}"
        for one in heard
        if one.promise and one.promise.answer == "broken"
    ]
    return notes


_HEADER = [
    *("", "mean exit", "", "WER %", "full depth", "increase", "", "RTF"),
    *("drift", "guarantee", "on this speech"),
]


def _cells(one: Heard) -> list[str]:
    found, intervals = one.summary, len(one.table) > 1
    drift = "not watched"
    if one.drift:
        drift = f"after {one.drift.after}" if one.drift.after else "none seen"
    return [
        one.around.name,
        f"{found.depth.value:.2f}",
        _interval(found.depth, ".2f") if intervals else "",
        f"{found.wer.value:.2f}",
        f"{one.full_wer.value:.2f}",
        f"{found.increase.value:+.2f}",
        _interval(found.increase, "+.2f") if intervals else "",
        f"{one.rtf:.4f}",
        drift,
        one.standing,
        one.promise.answer if one.promise else "",
    ]


def _interval(figure: Estimate, form: str) -> str:
    return f"[{figure.low:{form}}, {figure.high:{form}}]"


def _signed(figure: float | None) -> str:
    return "none" if figure is None else f"{figure:+.2f}"


def _parse_snrs(text: str) -> list[float]:
    try:
        snrs = [float(part) for part in text.split(",")]
    except ValueError:
        snrs = [math.nan]
    if not all(-100 <= snr <= 100 for snr in snrs):
        raise UsageError(f"--snr {text}: is not a list of decibels such as 20,10,5,0")
    return snrs


def _fitted_on(calibration: Calibration, speech: Speech) -> bool:
    """Tell whether it is the list that the calibration was fitted on."""
    fitted, here = calibration.conditions.get("fitted_on"), speech.conditions()["sha256"]
    return isinstance(fitted, dict) and here is not None and fitted.get("sha256") == here
