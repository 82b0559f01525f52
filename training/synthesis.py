"""Make speech with espeak-ng and flite, from the grammar and from given texts.

`python -m training.synthesis --out FOLDER --hours H` writes sound files and `manifest.jsonl`.
The same seed gives the same texts, voices, speeds and loudness.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import NoReturn

import click
import numpy as np
import soundfile
from numpy.typing import NDArray

from boards.errors import EedgeError
from edge.corpus import read_manifest
from training.phrases import DOMAINS, Domain, Split, allowed, is_plain, phrase
from training.voices import SAMPLE_RATE, SynthesisError, Voice, draw_voice, require, speak

# Share of each domain among the utterances; half of the sentences are given texts, if any are.
SHARES: dict[Domain, float] = {
    "spelled": 0.25, "numbers": 0.20, "commands": 0.20, "sentences": 0.35,
}  # fmt: skip
LONGEST_TEXT = 80
BATCH = 64
PEAK = 0.95

Row = dict[str, str | float]


@dataclass(frozen=True)
class Line:
    """One utterance to be made: what is said and how.

    `level` and `floor` are dB relative to full scale (RMS of the speech and of the white noise
    under it, since digital silence is found in no recording); `lead` and `tail` are seconds of
    silence around the speech.
    """

    text: str
    voice: Voice
    level: float
    floor: float
    lead: float
    tail: float
    seed: int


def draw_line(text: str, random: Random) -> Line:
    """Choose a voice, loudness and silences for `text`."""
    return Line(
        text=text,
        voice=draw_voice(random),
        level=round(random.uniform(-34.0, -18.0), 1),
        floor=round(random.uniform(-85.0, -60.0), 1),
        lead=round(random.uniform(0.0, 0.3), 2),
        tail=round(random.uniform(0.0, 0.3), 2),
        seed=random.getrandbits(32),
    )


def draw_lines(seed: int, split: Split, texts: tuple[str, ...] = ()) -> Iterator[Line]:
    """Endless lines for `split`: domains in the proportion of `SHARES`, `texts` among them."""
    random = Random(seed)
    weights = [SHARES[domain] for domain in DOMAINS]
    while True:
        (domain,) = random.choices(DOMAINS, weights)
        given = bool(texts) and domain == "sentences" and random.random() < 0.5
        text = random.choice(texts) if given else phrase(domain, split, random)
        yield draw_line(text, random)


def render(line: Line) -> NDArray[np.float32]:
    """The sound of `line`: samples at 16 kHz, turned down where they would clip."""
    speech = speak(line.text, line.voice)
    speech *= _amplitude(line.level) / np.sqrt(np.mean(np.square(speech)))
    lead, tail = (np.zeros(int(s * SAMPLE_RATE), np.float32) for s in (line.lead, line.tail))
    samples = np.concatenate([lead, speech, tail])
    noise = np.random.default_rng(line.seed).standard_normal(samples.size, np.float32)
    samples += _amplitude(line.floor) * noise
    return samples * np.float32(min(1.0, PEAK / np.abs(samples).max()))


def _amplitude(decibel: float) -> np.float32:
    return np.float32(10.0 ** (decibel / 20.0))


def given_texts(manifests: tuple[Path, ...], split: Split) -> tuple[str, ...]:
    """The different texts of `manifests` that `split` may say, of up to 80 characters."""
    texts = {utterance.text for path in manifests for utterance in read_manifest(path)}
    return tuple(
        text
        for text in sorted(texts)
        if len(text) <= LONGEST_TEXT and is_plain(text) and allowed(text, split)
    )


def render_all(lines: Iterator[Line], jobs: int) -> Iterator[tuple[Line, NDArray[np.float32]]]:
    """The lines with their sounds, in order, made by `jobs` threads."""
    with ThreadPoolExecutor(jobs) as pool:
        while batch := list(islice(lines, BATCH)):
            yield from zip(batch, pool.map(render, batch), strict=True)


def write_speech(folder: Path, lines: Iterator[Line], hours: float, jobs: int) -> float:
    """Write FLAC files and `manifest.jsonl` into `folder` until `hours` are full; hours made.

    The manifest comes last and whole, so a folder with one is complete. What is made does not
    depend on `jobs`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.jsonl"
    manifest.unlink(missing_ok=True)
    rows: list[Row] = []
    seconds = 0.0
    for number, (line, samples) in enumerate(render_all(lines, jobs)):
        name = f"{number // 1000:03d}/{number:06d}.flac"
        (folder / name).parent.mkdir(exist_ok=True)
        soundfile.write(folder / name, samples, SAMPLE_RATE)
        rows.append(manifest_row(name, line, samples.size))
        seconds += samples.size / SAMPLE_RATE
        if seconds >= hours * 3600:
            break
    write_manifest(manifest, rows)
    return seconds / 3600


def manifest_row(name: str, line: Line, n_samples: int) -> Row:
    """The manifest's object for the sound file `name`."""
    return {
        "audio_filepath": name,
        "duration": round(n_samples / SAMPLE_RATE, 3),
        "text": line.text,
        "speaker": line.voice.speaker,
        "corpus": "synthetic",
    }


def write_manifest(path: Path, rows: list[Row]) -> None:
    """Write `rows` as JSON lines, so that `path` is at no time half a file."""
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    partial.replace(path)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write.",
)
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), required=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option(
    "--texts",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Manifest whose texts are spoken too (may be repeated).",
)
def main(out: Path, hours: float, seed: int, jobs: int, texts: tuple[Path, ...]) -> None:
    """Make training speech with espeak-ng and flite."""
    try:
        require("espeak-ng", "flite")
        lines = draw_lines(seed, "train", given_texts(texts, "train"))
        made = write_speech(out, lines, hours, jobs)
    except EedgeError as error:
        _fail(error)
    except (OSError, soundfile.SoundFileError) as error:
        _fail(SynthesisError(f"{out}: cannot be written: {error}", "check free space and rights"))
    except KeyboardInterrupt:
        sys.exit(130)
    click.echo(f"{made:.2f} hours in {out}")


def _fail(error: EedgeError) -> NoReturn:
    click.echo(f"eedge: error: {error.what}", err=True)
    if error.tries:
        click.echo("\n  - ".join(["Things to try:", *error.tries]), err=True)
    sys.exit(error.status)


if __name__ == "__main__":
    main()
