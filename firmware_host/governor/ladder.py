"""What a governor may choose among: operating points, from the deepest allowed to the least."""

from __future__ import annotations

from dataclasses import dataclass

from edge.calibration import Calibration
from firmware_host.errors import LadderError


@dataclass(frozen=True)
class Rung:
    """An operating point as the governor sees it.

    `load` is what it computes for an utterance, as a share of what full depth computes; `wer` is
    in percent, and `depth` the mean number of blocks.
    """

    point: str
    load: float
    wer: float
    depth: float


def ladder(calibration: Calibration, deepest: str | None = None) -> tuple[Rung, ...]:
    """Return the points that are worth choosing, from `deepest` (the fullest if None) down.

    Each costs less than the one before it; one that costs as much as another and errs more, or
    lies above `deepest`, is left out. Telemetry never takes a device above the first.

    Raises:
        UsageError: there is no point called `deepest`.
        LadderError: full depth costs nothing.
    """
    top = calibration.points[0] if deepest is None else calibration.point(deepest)
    full = max(point.cost_s for point in calibration.points)
    if not full > 0:
        raise LadderError(
            f"no operating point of board '{calibration.board}' has a cost",
            "calibrate again: eedge calibrate",
        )
    rungs = [Rung(top.name, top.cost_s / full, top.wer, top.mean_exit)]
    for point in sorted(calibration.points, key=lambda point: (point.wer, point.cost_s)):
        if point.wer >= top.wer and point.cost_s / full < rungs[-1].load:
            rungs.append(Rung(point.name, point.cost_s / full, point.wer, point.mean_exit))
    return tuple(rungs)
