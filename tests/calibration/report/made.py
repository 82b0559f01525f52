"""A calibrated bundle with its exit table, for reports; its parts could be opened, but not run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calibration.calibrate import Calibrated, calibrate
from calibration.points import operating_point
from calibration.table import ExitTable, joined
from calibration.table_csv import write_table
from edge.bundle import Bundle
from edge.calibration import Calibration
from edge.features import FeatureSettings
from edge.manifest import FileEntry, Manifest
from tests.calibration.simulated import simulate

NASTY = '<script>alert("&")</script>'


@dataclass(frozen=True, eq=False)
class Made:
    """A bundle on disk, and what was fitted for it."""

    bundle: Bundle
    calibrated: Calibrated

    @property
    def table(self) -> Path:
        return self.bundle.calibration_path("host").with_suffix(".csv")


def make(folder: Path, cal: ExitTable, test: ExitTable | None, measured: bool = True) -> Made:
    """Write a bundle with the exits of `cal`, a calibration fitted to it, and the exit table."""
    bundle = _bundle(folder, cal.exits.tolist())
    calibrated = calibrate(cal, test)
    calibration_of(bundle, calibrated, measured).write(bundle.calibration_path("host"))
    made = Made(bundle, calibrated)
    write_table(joined([cal, test]) if test else cal, made.table)
    return made


def calibration_of(bundle: Bundle, calibrated: Calibrated, measured: bool = True) -> Calibration:
    """Return what `eedge calibrate` would write, with conditions that were made up."""
    manifest = bundle.manifest
    return Calibration(
        bundle=bundle.identity,
        board="host",
        recipe=manifest.recipe,
        vocabulary=manifest.vocabulary,
        units=manifest.units,
        measured=measured,
        conditions={"cpu": "a slow one", "delta": 0.1, "fitted_on": {"list": NASTY, "words": 7}},
        points=tuple(
            operating_point(point, row.outcome, row.summary) for point, row in calibrated.kept
        ),
    )


def speech(size: int, seed: int, split: str) -> ExitTable:
    """Draw utterances of two corpora, one with a name that would be code on a page; three exits."""
    table = simulate(size, seed, split=split).among([2, 6, 12])
    unsure, sure = table.scores.values()
    return replace(
        table,
        corpus=np.array(["easy", NASTY])[np.arange(size) % 2],
        scores={"entropy_nats": unsure, "mean_max_probability": sure},
        lower_is_surer={},
    )


def _bundle(folder: Path, exits: list[int]) -> Bundle:
    folder.mkdir(parents=True)
    blocks = [f"block_{number:02d}.tflite" for number in range(1, exits[-1] + 1)]
    of_exit = {exit: f"exit_{exit:02d}.tflite" for exit in exits}
    for name in ("frontend.tflite", *blocks, *of_exit.values()):
        (folder / name).write_bytes(name.encode())
    (folder / "tokens.txt").write_text("<blk> 0\na 1\n")
    features = FeatureSettings()
    Manifest(
        name=NASTY,
        family="conformer",
        sample_rate=features.sample_rate,
        features=features,
        subsampling=4,
        dim=16,
        buckets=(25,),
        blocks=tuple(blocks),
        exits=of_exit,
        frontend="frontend.tflite",
        tokens="tokens.txt",
        units="char",
        vocabulary=2,
        recipe="dynamic-int8",
        target="cpu",
        files={path.name: FileEntry.of(path) for path in sorted(folder.iterdir())},
        versions={"litert-torch": "0.10.0"},
        licence="none",
        origin=NASTY,
    ).write(folder)
    return Bundle.open(folder)
