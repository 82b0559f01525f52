"""Make the speech that the repository ships: `python -m tests.audio.make`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from numpy.typing import NDArray

from training.phrases import Split, phrase
from training.synthesis import (
    PEAK,
    Line,
    Row,
    draw_line,
    draw_lines,
    manifest_row,
    render,
    write_manifest,
)
from training.voices import SAMPLE_RATE

HERE = Path(__file__).parent
SEEDS: dict[Split, int] = {"cal": 101, "test": 102}
UTTERANCES = 150
SECONDS = (0.5, 5.0)
NOISY_EVERY = 3
SNR_DB = (5, 20)
BABBLERS = 5
# Power falls as 1/f to this exponent.
COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}
LOWEST_HZ = 40.0
# Speech comes out at about 30 kbit/s (libsndfile 1.2.2; it has no option in bits per second).
COMPRESSION_LEVEL = 0.9

Samples = NDArray[np.float32]


def coloured_noise(colour: str, n_samples: int, rng: np.random.Generator) -> Samples:
    """Noise of `n_samples` whose power falls as the colour says, flat below 40 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    hertz = np.maximum(np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE), LOWEST_HZ)
    shaped = np.fft.irfft(spectrum * hertz ** (-COLOURS[colour] / 2), n_samples)
    return shaped.astype(np.float32)


def babble(n_samples: int, split: Split, random: Random) -> Samples:
    """Several voices at once, each saying sentences from a random place on."""
    mixed = np.zeros(n_samples, np.float32)
    for _ in range(BABBLERS):
        line = draw_line(phrase("sentences", split, random), random)
        speech = render(line)
        speech = np.resize(np.roll(speech, random.randrange(speech.size)), n_samples)
        mixed += speech / np.sqrt(np.mean(np.square(speech)))
    return mixed


def add_noise(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """Mix at a ratio of mean powers over the whole utterance, turned down if it would clip."""
    powers = np.mean(np.square(speech)) / np.mean(np.square(noise))
    mixed: Samples = speech + noise * np.sqrt(powers * 10 ** (-snr_db / 10)).astype(np.float32)
    mixed *= np.float32(min(1.0, PEAK / np.abs(mixed).max()))
    return mixed


def utterances(split: Split) -> Iterator[tuple[Line, Samples]]:
    """Lines of `split`, none said twice and none too short or too long, with their sounds."""
    said = set()
    for line in draw_lines(SEEDS[split], split):
        if line.text in said:
            continue
        samples = render(line)
        if SECONDS[0] <= samples.size / SAMPLE_RATE <= SECONDS[1]:
            said.add(line.text)
            yield line, samples


def make(split: Split) -> None:
    """Write the sounds of `split` and its manifest, in place of those that are there."""
    folder = HERE / split
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.opus"):
        old.unlink()
    random, rng = Random(SEEDS[split]), np.random.default_rng(SEEDS[split])
    rows: list[Row] = []
    for number, (line, samples) in zip(range(UTTERANCES), utterances(split), strict=False):
        note = "clean"
        if number % NOISY_EVERY == 0:
            kind, snr = random.choice([*COLOURS, "babble"]), random.randint(*SNR_DB)
            noise = (
                babble(samples.size, split, random)
                if kind == "babble"
                else coloured_noise(kind, samples.size, rng)
            )
            samples, note = add_noise(samples, noise, snr), f"{kind} {snr} dB"
        name = f"{split}/{number:03d}.opus"
        soundfile.write(
            HERE / name, samples, SAMPLE_RATE,
            format="OGG", subtype="OPUS", compression_level=COMPRESSION_LEVEL,
        )  # fmt: skip
        rows.append(manifest_row(name, line, samples.size) | {"note": note})
    write_manifest(HERE / f"{split}.jsonl", rows)


if __name__ == "__main__":
    for each in SEEDS:
        make(each)
