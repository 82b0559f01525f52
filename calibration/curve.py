"""Lines in the plane of cost and word error rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.table import Floats


@dataclass(frozen=True, eq=False)
class Curve:
    """A falling line: `cost` ascends, `wer` (percent) descends; between the points it is straight.

    It need not be long: where the cheapest choice is also the best, it is one point.
    """

    cost: Floats
    wer: Floats

    def cost_at(self, wer: float) -> float | None:
        """Return the least cost at which the line is not above `wer`, or None if it never is."""
        if self.wer[-1] > wer:
            return None
        return float(np.interp(-wer, -self.wer, self.cost))

    def wer_at(self, cost: float) -> float | None:
        """Return the lowest WER at no more than `cost`, or None if even the cheapest is dearer."""
        if self.cost[0] > cost:
            return None
        return float(np.interp(cost, self.cost, self.wer))


def lower_hull(x: Floats, y: Floats) -> list[int]:
    """Return the points of the falling, convex lower hull of (x, y), by ascending x.

    It runs from the lowest of the leftmost points to the leftmost of the lowest: what lies above
    it or beyond its ends is worse than some mix of points on it. Andrew's monotone chain.
    """
    hull: list[int] = []
    for point in np.lexsort((y, x)).tolist():
        if hull and y[point] >= y[hull[-1]]:
            continue
        while len(hull) > 1 and _is_above(x, y, hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _is_above(x: Floats, y: Floats, left: int, middle: int, right: int) -> bool:
    """Tell whether `middle` lies on or above the line from `left` to `right`."""
    run, rise = x[right] - x[left], y[right] - y[left]
    return bool((y[middle] - y[left]) * run >= rise * (x[middle] - x[left]))
