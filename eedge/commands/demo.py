"""`eedge demo`: the main job, from the shipped encoder to text, on this machine."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError
from eedge.columns import columns
from eedge.output import json_option, print_json
from eedge.progress import progress

if TYPE_CHECKING:
    from edge.bundle import Bundle
    from edge.calibration import OperatingPoint
    from edge.corpus import Utterance
    from edge.recogniser import Transcript

ROOT = Path(__file__).resolve().parents[2]
CHECKPOINT = ROOT / "checkpoints" / "small"
SHIPPED_SPEECH = ROOT / "tests" / "audio"
POINT_BUDGET = 0.5
"""WER points that the demo's operating point may lose."""


@dataclass(frozen=True)
class Line:
    """One sound file: what was said, and what it took here and in PyTorch, in seconds."""

    utterance: Utterance
    transcript: Transcript
    pytorch_s: float


@click.command()
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("build/small.eedge"),
    show_default=True,
    help="Bundle folder to leave.",
)
@json_option
def command(out: Path, as_json: bool) -> None:
    """Go the whole way with the shipped encoder and speech.

    Converts and calibrates the encoder, then recognises each of the shipped test files, at the
    operating point that may lose half a point of WER and in PyTorch. Runs the commands that it
    shows, on the corpora in EEDGE_DATA (or ../shared/data) where they are, and on the
    repository's own speech where not.
    """
    if not (CHECKPOINT / "config.json").is_file():
        raise EedgeError(
            "the demo needs the repository: checkpoints/ and tests/audio/ are not installed",
            "clone the repository and run make demo there",
        )
    from edge.bundle import Bundle

    speech = speech_folder()
    cal, test = speech / "cal.jsonl", speech / "test.jsonl"
    # With --json, stdout is for the one document.
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        _run("convert", CHECKPOINT, "--data", cal, "--out", out)
        _run("calibrate", out, "--data", cal, "--test", test)
    bundle = Bundle.open(out)
    point = _demo_point(bundle.calibration("host").points)
    lines = list(_recognise(bundle, point))
    if as_json:
        files = {"bundle": str(out), "plot": str(_plot(out))}
        print_json({**files, "point": point.name, "files": [*map(_fields, lines)]})
        return
    _show(lines, point.name, out)


def speech_folder() -> Path:
    """Where cal.jsonl and test.jsonl are: the corpora if this machine has them, else our own."""
    corpora = Path(os.environ.get("EEDGE_DATA", ROOT.parent / "shared" / "data"))
    return corpora if (corpora / "cal.jsonl").is_file() else SHIPPED_SPEECH


def _run(*args: str | Path) -> None:
    """Show a command as one would type it, and run it."""
    from eedge.cli import group

    words = [str(arg) for arg in args]
    click.echo(f"\n$ eedge {shlex.join(words)}", err=True)
    begin = time.monotonic()
    group.main(words, standalone_mode=False)
    click.echo(f"eedge: {words[0]} took {time.monotonic() - begin:.0f} s", err=True)


def _recognise(bundle: Bundle, point: OperatingPoint) -> Iterator[Line]:
    from convert.bench.engines.eager import load_eager
    from edge import audio
    from edge.corpus import read_manifest
    from edge.decode import greedy
    from edge.inputs import prepare
    from edge.recogniser import Recogniser

    recogniser = Recogniser(bundle, point)
    features = partial(prepare, settings=bundle.manifest.features)
    pytorch = load_eager(CHECKPOINT, features, partial(greedy, tokens=bundle.tokens), threads=1)
    utterances = read_manifest(SHIPPED_SPEECH / "test.jsonl")
    for utterance in progress(utterances, "recognising the shipped speech"):
        transcript = recogniser.transcribe_file(utterance.audio)
        samples = audio.read(utterance.audio, bundle.manifest.sample_rate)
        # PyTorch takes longer the first time that it sees a length; that is not held against it.
        pytorch.transcribe(samples)
        begin = time.perf_counter()
        pytorch.transcribe(samples)
        yield Line(utterance, transcript, time.perf_counter() - begin)


def _demo_point(points: Sequence[OperatingPoint]) -> OperatingPoint:
    """Return the cheapest point that may lose no more than `POINT_BUDGET`."""
    allowed = [point for point in points if (point.budget or 0.0) <= POINT_BUDGET]
    return min(allowed, key=lambda point: point.cost_s)


def _show(lines: list[Line], point: str, out: Path) -> None:
    from calibration.wer import word_errors

    table = columns([["file", "exit", "ms", "RTF", "PyTorch ms"], *map(_cells, lines)])
    texts = ["text", *(line.transcript.text for line in lines)]
    for row, text in zip(table.splitlines(), texts, strict=True):
        click.echo(f"{row}  {text}")
    here = sum(line.transcript.latency_s for line in lines)
    pytorch = sum(line.pytorch_s for line in lines)
    depth = sum(line.transcript.blocks for line in lines) / len(lines)
    wrong = sum(word_errors(line.utterance.text, line.transcript.text) for line in lines)
    words = sum(len(line.utterance.text.split()) for line in lines)
    click.echo(
        f"\n{len(lines)} files, one thread, operating point {point}: {depth:.1f} blocks and "
        f"{1e3 * here / len(lines):.1f} ms a file on average, PyTorch float32 "
        f"{1e3 * pytorch / len(lines):.1f} ms ({pytorch / here:.1f} times as long); "
        f"{wrong} of {words} words wrong"
    )
    click.echo(f"bundle: {out}\nplot: {_plot(out)}")


def _cells(line: Line) -> list[str]:
    found = line.transcript
    return [
        line.utterance.audio.name,
        str(found.exit),
        f"{1e3 * found.latency_s:.1f}",
        f"{found.latency_s / found.duration_s:.4f}",
        f"{1e3 * line.pytorch_s:.1f}",
    ]


def _fields(line: Line) -> dict[str, object]:
    found = line.transcript
    return {
        "audio": line.utterance.audio.name,
        "text": found.text,
        "reference": line.utterance.text,
        "exit": found.exit,
        "latency_ms": round(1e3 * found.latency_s, 3),
        "rtf": round(found.latency_s / found.duration_s, 5),
        "pytorch_ms": round(1e3 * line.pytorch_s, 3),
    }


def _plot(out: Path) -> Path:
    return out / "calibration" / "host.png"
