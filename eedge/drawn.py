"""The picture of a calibration, where matplotlib is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError, UsageError
from eedge.progress import stage

if TYPE_CHECKING:
    from calibration.calibrate import Calibrated
    from calibration.plot import CostKind

PICTURES = (".png", ".svg", ".pdf")


def check_picture(plot: Path | None) -> None:
    """Refuse, before any work is done, a picture that could not be written."""
    if plot is None:
        return
    if plot.suffix.lower() not in PICTURES:
        raise UsageError(f"--plot {plot}: must end in {', '.join(PICTURES)}")
    if not _can_draw():
        raise EedgeError("--plot needs matplotlib", "pip install 'eedge[report]'")


def _can_draw() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def draw_picture(
    result: Calibrated, path: Path, title: str, caption: str, cost: CostKind
) -> Path | None:
    """Draw the picture; a board can do without matplotlib, and is told so."""
    if not _can_draw():
        click.echo("eedge: no picture without matplotlib: pip install 'eedge[report]'", err=True)
        return None
    from calibration.plot import draw, save

    with stage("drawing"):
        save(draw(result, title, caption, cost), path)
    return path
