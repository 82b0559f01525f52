"""Sound that is made up as it is needed: short enough for the tiny bundle's lengths."""

import json
from pathlib import Path

import numpy as np
import soundfile

from edge.audio import Samples

RATE = 16_000


def babble(seconds: float, seed: int) -> Samples:
    """Sound f32[n] that changes all the time."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    hertz = generator.uniform(200, 3_000, size=(4, 1))
    tones = np.sin(2 * np.pi * hertz * time + 3 * np.sin(2 * np.pi * 3 * time + hertz))
    noise = 0.01 * generator.standard_normal(len(time))
    samples: Samples = (0.05 * tones.sum(axis=0) + noise).astype(np.float32)
    return samples


def write_manifest(folder: Path, durations: list[float]) -> Path:
    """Write a sound of each duration in seconds, and a list of them."""
    rows = []
    for number, seconds in enumerate(durations):
        name = f"{number:02d}.wav"
        soundfile.write(folder / name, babble(seconds, number), RATE, subtype="FLOAT")
        rows.append({"audio_filepath": name, "text": "la la", "duration": seconds})
    manifest = folder / "speech.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return manifest
