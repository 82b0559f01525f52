"""WER against what it costs: every way to choose an exit, over measured time and mean exit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calibration.calibrate import Calibrated
from calibration.comparison import Row
from calibration.curve import Curve
from calibration.kinds import candidates
from calibration.lines import Axis, Oracle, RandomMix
from calibration.points import Point
from calibration.report.sheets import Cells
from calibration.sweep import sweep

MIX, ORACLE, THRESHOLDS, CRITERION = "random mix", "oracle", "any threshold", "criterion"


@dataclass(frozen=True)
class Scale:
    """What a picture has along its x axis; `factor` turns the table's unit into the one shown."""

    axis: Axis
    unit: str
    label: str
    factor: float = 1.0

    def of(self, row: Row) -> float:
        """Return where a way of choosing exits stands."""
        found = row.summary.cost if self.axis == "cost" else row.summary.depth
        return self.factor * found.value


@dataclass(frozen=True, eq=False)
class Line:
    """A line: `kind` is what it belongs to, `x` in the unit of its scale, `wer` in percent."""

    kind: str
    name: str
    x: list[float]
    wer: list[float]


def scales(measured: bool) -> tuple[Scale, Scale]:
    """Return time and depth; `measured` says whether the times are, or are an estimate."""
    time = "measured" if measured else "estimated"
    return (
        Scale("cost", "ms", f"mean {time} time of an utterance, ms", 1e3),
        Scale("depth", "blocks", "mean exit, blocks"),
    )


def single_rows(calibrated: Calibrated) -> list[tuple[Point, Row]]:
    """Return what each criterion does alone, with what it comes to."""
    rows = calibrated.comparison.points[len(calibrated.fitted) :]
    return list(zip(calibrated.single, rows, strict=True))


def lines(calibrated: Calibrated, scale: Scale) -> list[Line]:
    """Return all lines: what is to be beaten, what could be had, and what each criterion does.

    The random mix, the oracle and `THRESHOLDS` know the errors of this very table; a `CRITERION`
    was fitted for each budget on other speech, if there was other.
    """
    table = calibrated.comparison.table
    found = [
        _line(MIX, "", RandomMix.of(table, scale.axis).curve, scale),
        _line(ORACLE, "", Oracle(table, scale.axis).curve, scale),
    ]
    for score in candidates(table):
        paid = table.reading((score,))
        tried = sweep(paid, paid.doubts(score))
        spent = tried.cost if scale.axis == "cost" else tried.depth
        found.append(
            _line(THRESHOLDS, score, Curve(spent, 100 * tried.errors / table.words.sum()), scale)
        )
    by_criterion: dict[str, list[Row]] = {}
    for point, row in single_rows(calibrated):
        by_criterion.setdefault(point.criterion, [calibrated.rows[0][1]]).append(row)
    for name, rows in by_criterion.items():
        ordered = sorted(rows, key=scale.of)
        wer = [row.summary.wer.value for row in ordered]
        found.append(Line(CRITERION, name, [scale.of(row) for row in ordered], wer))
    return found


def _line(kind: str, name: str, curve: Curve, scale: Scale) -> Line:
    return Line(kind, name, (scale.factor * curve.cost).tolist(), curve.wer.tolist())


def line_cells(drawn: dict[str, list[Line]]) -> Cells:
    """Yield the lines by the unit of their x as rows of a sheet, the header first."""
    yield "unit", "kind", "name", "x", "wer"
    for unit, some in drawn.items():
        for line in some:
            for x, wer in zip(line.x, line.wer, strict=True):
                yield unit, line.kind, line.name, f"{x:.6g}", f"{wer:.6g}"


def point_cells(calibrated: Calibrated) -> Cells:
    """Yield all points with their intervals, the header first; costs in seconds."""
    groups: dict[str, list[Row]] = {
        "operating point": [row for _, row in calibrated.rows],
        "fixed exit": calibrated.comparison.fixed,
        CRITERION: [row for _, row in single_rows(calibrated)],
    }
    rows: Iterator[dict[str, object]] = (
        {"kind": kind, **row.fields()} for kind, group in groups.items() for row in group
    )
    first = next(rows)
    yield tuple(first)
    yield tuple(first.values())
    yield from (tuple(row.values()) for row in rows)
