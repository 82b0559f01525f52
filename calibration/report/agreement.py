"""Whether what was fitted again is what the bundle carries."""

from __future__ import annotations

import math
from collections.abc import Sequence

from calibration.calibrate import Calibrated
from calibration.points import operating_point
from edge.calibration import Calibration, OperatingPoint

_TOLERANCE = 1e-6
"""Relative; other processors round differently."""
_FIGURES = ("wer", "mean_exit", "cost_s")


def differences(calibrated: Calibrated, calibration: Calibration) -> list[str]:
    """Return how the points of a calibration file differ from those that were fitted now."""
    fitted = {
        point.name: operating_point(point, row.outcome, row.summary)
        for point, row in calibrated.kept
    }
    carried = {point.name: point for point in calibration.points}
    found = [f"'{name}' is not in the calibration" for name in fitted if name not in carried]
    found += [f"'{name}' is in the calibration alone" for name in carried if name not in fitted]
    for name in fitted.keys() & carried.keys():
        found += _between(name, carried[name], fitted[name])
    return sorted(found)


def _between(name: str, carried: OperatingPoint, fitted: OperatingPoint) -> list[str]:
    if not _alike(carried.rule.model_dump(mode="json"), fitted.rule.model_dump(mode="json")):
        return [f"'{name}' has another policy"]
    found = []
    for figure in _FIGURES:
        then, now = getattr(carried, figure), getattr(fitted, figure)
        if not _alike(then, now):
            found.append(f"'{name}' has {figure} {then:.6g}, fitted again {now:.6g}")
    return found


def _alike(left: object, right: object) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and not isinstance(left, str):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_alike(a, b) for a, b in pairs)
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=_TOLERANCE, abs_tol=1e-12)
    return left == right
