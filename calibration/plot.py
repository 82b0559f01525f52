"""The picture of a calibration: WER against cost, with all that it must beat."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.bootstrap import Estimate
from calibration.budgets import BUDGETS
from calibration.calibrate import Calibrated
from calibration.colours import BLUE, DARK, GREEN, GREY, PALE, VERMILION
from calibration.comparison import Row
from calibration.curve import Curve
from calibration.files import write_whole
from calibration.kinds import candidates
from calibration.lines import Oracle, RandomMix
from calibration.points import GUARANTEED
from calibration.sweep import sweep
from calibration.table import ExitTable, Floats

CostKind = Literal["latency", "estimated latency", "cost"]
"""What a table's cost is: seconds of a board, or whatever a table from elsewhere counts."""

_UNITS: dict[CostKind, tuple[str, float]] = {
    "latency": (", ms", 1e3),
    "estimated latency": (", ms", 1e3),
    "cost": (", in the table's unit", 1.0),
}


@dataclass(frozen=True, eq=False)
class _Line:
    name: str
    curve: Curve
    colour: str
    style: str


def draw(calibrated: Calibrated, title: str, caption: str, cost: CostKind = "latency") -> Figure:
    """Draw WER over cost: on the left all exits, on the right what lies near full depth.

    Intervals on the left are those of the WER. Those on the right are of what differs from full
    depth on the same utterances, WER and time, which is known far better.
    """
    figure = Figure(figsize=(12.5, 6.2), dpi=150, layout="constrained")
    wide, near = figure.subplots(1, 2)
    unit, factor = _UNITS[cost]
    lines = _lines(calibrated.comparison.table)
    points = [row for _, row in calibrated.kept]
    _draw_wide(wide, calibrated.comparison.fixed, points, lines)
    _draw_near(near, [row for row in points if is_near(row)], lines)
    for axes in (wide, near):
        axes.set_xlabel(f"mean {cost} of an utterance{unit}")
        axes.xaxis.set_major_formatter(lambda value, _: f"{factor * value:g}")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
    figure.suptitle(title, x=0.008, ha="left", fontsize=13, fontweight="bold")
    figure.supxlabel(caption, x=0.008, ha="left", fontsize=8.5, color=DARK)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a picture in the format that the name ends in (png, svg, pdf), whole or not at all."""
    write_whole(path, encoded(figure, path.suffix.removeprefix(".").lower()))


def encoded(figure: Figure, kind: str) -> bytes:
    """Return a picture as a file of one kind: png, svg or pdf."""
    buffer = io.BytesIO()
    # Without a date and with fixed identifiers, the same figures give the same file; and letters
    # stay letters, to be searched and read aloud.
    with mpl.rc_context({"svg.hashsalt": "eedge", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=kind, metadata={} if kind == "png" else {"Date": None})
    return buffer.getvalue()


def _lines(table: ExitTable) -> list[_Line]:
    """Return the lines to draw."""
    score = candidates(table)[0]
    tried = sweep(table, table.doubts(score))
    thresholds = Curve(tried.cost, 100 * tried.errors / table.words.sum())
    return [
        _Line(name, curve, colour, style)
        for name, curve, colour, style in (
            ("random mix of fixed exits", RandomMix.of(table, "cost").curve, GREY, "--"),
            ("oracle", Oracle(table, "cost").curve, GREEN, "-."),
            (f"any threshold on {score}, all exits", thresholds, BLUE, "-"),
        )
    ]


def _draw_wide(
    axes: Axes, fixed: Sequence[Row], points: Sequence[Row], lines: Sequence[_Line]
) -> None:
    for line in lines:
        axes.plot(
            line.curve.cost, line.curve.wer, line.style, color=line.colour, lw=1.8, label=line.name
        )
    exits = [row.summary for row in fixed]
    axes.plot(
        [exit.cost.value for exit in exits],
        [exit.wer.value for exit in exits],
        "o",
        color=GREY,
        markerfacecolor="white",
        markersize=9,
        label="fixed exit",
    )
    for row in fixed:
        _name(axes, row, (7, 8), DARK)
    for row in points:
        if not is_near(row):
            _name(axes, row, (-8, -13), VERMILION, ha="right")
    axes.errorbar(
        [row.summary.cost.value for row in points],
        [row.summary.wer.value for row in points],
        yerr=arms([row.summary.wer for row in points]),
        fmt="D",
        color=VERMILION,
        markersize=4.5,
        elinewidth=1.1,
        capsize=2.5,
        zorder=4,
        label="operating point, 95 %",
    )
    axes.set_ylabel("word error rate, %")
    axes.margins(x=0.12, y=0.12)
    axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
    axes.legend(loc="upper right", edgecolor="none")
    axes.set_title("all exits", loc="left", fontsize=11)


def _draw_near(axes: Axes, rows: Sequence[Row], lines: Sequence[_Line]) -> None:
    full = rows[0].summary
    for line in lines:
        wer_over_full = line.curve.wer - full.wer.value
        axes.plot(line.curve.cost, wer_over_full, line.style, color=line.colour, lw=1.8)
    points = [row.summary for row in rows]
    costs = [point.cost.value for point in points]
    axes.errorbar(
        costs,
        [point.increase.value for point in points],
        xerr=arms([point.saved for point in points])[::-1],
        yerr=arms([point.increase for point in points]),
        fmt="D",
        color=VERMILION,
        markersize=6,
        elinewidth=1.2,
        capsize=2.5,
        zorder=4,
    )
    axes.axhline(0, color=DARK, lw=0.8)
    high = max(1.5, *(1.1 * point.increase.high for point in points))
    low = min(-0.4, *(point.increase.low - 0.25 * high for point in points))
    span = max(0.05 * max(costs), max(costs) - min(costs))
    axes.set_xlim(min(costs) - 0.5 * span, max(costs) + 0.15 * span)
    # Names stand below what is drawn and, of the guaranteed points, above it.
    axes.set_ylim(low, high + 0.15 * (high - low))
    promised = [row.name.startswith(GUARANTEED) for row in rows]
    for group, height, gap in ((False, 0.03, 0.14), (True, 0.92, 0.22)):
        members = [index for index, each in enumerate(promised) if each == group]
        _name_points(axes, [rows[i] for i in members], [costs[i] for i in members], height, gap)
    axes.set_ylabel("WER over full depth, points")
    axes.set_title("near full depth, by what differs from it", loc="left", fontsize=11)


def is_near(row: Row) -> bool:
    """Tell whether a row is full depth or a point of a small budget."""
    return row.budget is None or row.budget in BUDGETS


def _name(axes: Axes, row: Row, offset: tuple[float, float], colour: str, ha: str = "left") -> None:
    axes.annotate(
        row.name,
        (row.summary.cost.value, row.summary.wer.value),
        xytext=offset,
        textcoords="offset points",
        ha=ha,
        color=colour,
        fontsize=9,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        zorder=5,
    )


def _name_points(
    axes: Axes, rows: Sequence[Row], costs: Sequence[float], height: float, gap: float
) -> None:
    """Write names in a row, each tied to its point; height and gap are shares of the axes."""
    if not rows:
        return
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    order = np.argsort(costs)
    places = spread(np.array(costs)[order], gap * (right - left), left, right)
    for index, place in zip(order, places, strict=True):
        axes.annotate(
            rows[index].name,
            (costs[index], rows[index].summary.increase.value),
            xytext=(place, bottom + height * (top - bottom)),
            ha="center",
            color=VERMILION,
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": VERMILION, "lw": 0.6, "alpha": 0.6},
        )


def spread(wanted: Floats, gap: float, low: float, high: float) -> Floats:
    """Move ascending places apart, as little as keeps them `gap` from each other and in range."""
    places = wanted.copy()
    for index in range(len(places)):
        nearest = low + gap / 2 if index == 0 else places[index - 1] + gap
        places[index] = max(places[index], nearest)
    for index in reversed(range(len(places))):
        nearest = high - gap / 2 if index == len(places) - 1 else places[index + 1] - gap
        places[index] = min(places[index], nearest)
    return places


def arms(figures: Sequence[Estimate]) -> Floats:
    """Return [2, N]: how far the intervals reach below and above their values."""
    below = [max(0.0, figure.value - figure.low) for figure in figures]
    above = [max(0.0, figure.high - figure.value) for figure in figures]
    return np.array([below, above])
