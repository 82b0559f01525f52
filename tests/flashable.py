"""Bundles to flash: whole and calibrated, of files with random bytes, made in milliseconds.

They are checked, sent and switched to like any other; only running them is not possible.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.bundle import Bundle
from edge.features import FeatureSettings
from edge.manifest import FileEntry, Manifest
from tests.edge.calibrated import write_calibration

FEATURES = FeatureSettings(n_mels=24)
SYMBOLS = ("<blank>", "a", "b", "c")


def make_bundle(
    path: Path,
    seed: int = 0,
    size: int = 9000,
    changed: int = 3,
    boards: tuple[str, ...] = ("host",),
) -> Bundle:
    """Make a bundle of three blocks; `changed` of its seven files differ from another seed's.

    Args:
        path: the folder.
        seed: of the bytes.
        size: of each file, in bytes.
        changed: how many of the seven depend on the seed.
        boards: those that it is calibrated for.
    """
    path.mkdir(parents=True)
    blocks = [f"block_{depth:02d}.tflite" for depth in (1, 2, 3)]
    exits = {depth: f"exits/exit_{depth:02d}.tflite" for depth in (1, 2, 3)}
    names = [*blocks, *exits.values(), "frontend.tflite"]
    (path / "exits").mkdir()
    for number, name in enumerate(names):
        rng = np.random.default_rng([number, seed if number < changed else 0])
        (path / name).write_bytes(rng.bytes(size + 100 * number))
    lines = "".join(f"{symbol} {index}\n" for index, symbol in enumerate(SYMBOLS))
    (path / "tokens.txt").write_text(lines)
    Manifest(
        name=f"bundle {seed}",
        family="conformer",
        sample_rate=FEATURES.sample_rate,
        features=FEATURES,
        subsampling=4,
        dim=16,
        buckets=(12,),
        blocks=tuple(blocks),
        exits=exits,
        frontend="frontend.tflite",
        tokens="tokens.txt",
        units="char",
        vocabulary=len(SYMBOLS),
        recipe="dynamic-int8",
        target="cpu",
        files={name: FileEntry.of(path / name) for name in [*names, "tokens.txt"]},
        versions={"seed": str(seed)},
        licence="",
        origin="",
    ).write(path)
    bundle = Bundle.open(path)
    for board in boards:
        write_calibration(bundle, board, [], [])
    return bundle
