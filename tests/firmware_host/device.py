"""What tests of a governed device share: a bundle with operating points, and sensors to set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import soundfile

from edge.bundle import Bundle
from tests.edge.calibrated import fixed_point, write_points
from tests.edge.tiny import EXITS

RATE = 16_000


class Sensors:
    """A root with a thermal zone and a battery, as the kernel shows them."""

    def __init__(self, root: Path, celsius: float = 40.0, percent: float = 90.0) -> None:
        self.root = root
        self._zone = root / "sys/class/thermal/thermal_zone0"
        self._battery = root / "sys/class/power_supply/BAT0"
        for folder in (self._zone, self._battery):
            folder.mkdir(parents=True)
        (self._zone / "type").write_text("cpu-thermal\n")
        (self._battery / "type").write_text("Battery\n")
        (self._battery / "status").write_text("Discharging\n")
        self.celsius(celsius)
        self.percent(percent)

    def celsius(self, value: float) -> None:
        """Set the temperature."""
        _replace(self._zone / "temp", f"{1000 * value:.0f}\n")

    def percent(self, value: float) -> None:
        """Set the battery's level."""
        _replace(self._battery / "capacity", f"{value:.0f}\n")

    def lose(self) -> None:
        """Have the temperature no longer read."""
        _replace(self._zone / "temp", "\n")


def calibrated(tiny: Path, path: Path, board: str = "host") -> Bundle:
    """Copy a tiny bundle, with a point for each of its exits: full, middle and least."""
    bundle = Bundle.open(shutil.copytree(tiny, path))
    figures = [("full", 6.0, 0.010), ("middle", 8.0, 0.006), ("least", 14.0, 0.003)]
    by_exit = zip(reversed(EXITS), figures, strict=True)
    points = [fixed_point(name, exit, wer, cost) for exit, (name, wer, cost) in by_exit]
    write_points(bundle, board, points)
    return bundle


def noises(folder: Path, count: int, seconds: float = 0.5) -> list[Path]:
    """Write sound files, each of which is heard as something else."""
    generator = np.random.default_rng(5)
    paths = [folder / f"{number}.flac" for number in range(count)]
    for path in paths:
        soundfile.write(path, generator.normal(0, 0.1, round(seconds * RATE)), RATE)
    return paths


def _replace(path: Path, text: str) -> None:
    """Write it in one step: a reader finds the old or the new."""
    partial = path.with_name(f".{path.name}")
    partial.write_text(text)
    partial.replace(path)
