"""Manifests of made-up sounds, with texts that nobody said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from calibration.table import Floats

RATE = 16_000
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def write_manifest(
    path: Path, durations_s: Sequence[float], silent: frozenset[int] | set[int] = frozenset()
) -> Path:
    """Write sounds that change all the time beside a manifest that lists them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for index, duration in enumerate(durations_s):
        name = f"{path.stem}-{index:02d}.wav"
        samples = np.zeros(round(duration * RATE)) if index in silent else _sound(index, duration)
        soundfile.write(path.parent / name, samples, RATE)
        rows.append(
            {
                "audio_filepath": name,
                "duration": duration,
                "text": " ".join(WORDS[: 1 + index % 10]),
                "corpus": ("numbers", "figures")[index % 2],
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _sound(seed: int, duration_s: float) -> Floats:
    rng = np.random.default_rng(seed)
    seconds = np.arange(round(duration_s * RATE)) / RATE
    hertz = rng.uniform(150, 3_000, (4, 1))
    wobble = rng.uniform(1, 5, (4, 1))
    tones = np.sin(2 * np.pi * hertz * seconds + 3 * np.sin(2 * np.pi * wobble * seconds))
    sound: Floats = 0.05 * tones.sum(axis=0) + 0.002 * rng.standard_normal(len(seconds))
    return sound
