"""A calibration made by hand for a bundle, for tests of what reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge.bundle import Bundle
from edge.calibration import Calibration, FixedRule, OperatingPoint
from edge.reference import Reference

_FIGURES = {"wer": 0.0, "wer_low": 0.0, "wer_high": 0.0, "mean_exit": 1.0, "cost_s": 0.01}


def point(name: str, **fields: Any) -> OperatingPoint:
    """Return a point whose figures do not matter; `fields` hold its rule."""
    return OperatingPoint(name=name, **_FIGURES, **fields)


def fixed_point(name: str, exit: int, wer: float = 0.0, cost_s: float = 0.0) -> OperatingPoint:
    """Return a point that leaves at one exit."""
    return OperatingPoint(
        name=name,
        rule=FixedRule(exit=exit),
        wer=wer,
        wer_low=wer,
        wer_high=wer,
        mean_exit=exit,
        cost_s=cost_s,
    )


def write_calibration(
    bundle: Bundle, board: str, points: list[OperatingPoint], references: list[Reference]
) -> None:
    """Write a calibration of full depth and `points` into `bundle`."""
    full = point("full", rule=FixedRule(exit=bundle.exits[-1]))
    write_points(bundle, board, [full, *points], references)


def write_points(
    bundle: Bundle,
    board: str,
    points: Sequence[OperatingPoint],
    references: Sequence[Reference] = (),
) -> None:
    """Write a calibration of these points into `bundle`."""
    Calibration(
        bundle=bundle.identity,
        board=board,
        recipe=bundle.manifest.recipe,
        vocabulary=bundle.manifest.vocabulary,
        units=bundle.manifest.units,
        measured=True,
        conditions={},
        points=tuple(points),
        references=tuple(references),
    ).write(bundle.calibration_path(board))
