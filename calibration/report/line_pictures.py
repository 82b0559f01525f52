"""Pictures of WER against cost: all exits, and what lies near full depth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.bootstrap import Estimate
from calibration.calibrate import Calibrated
from calibration.colours import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERMILION,
)
from calibration.comparison import Row
from calibration.criteria import LearntCriterion
from calibration.kinds import candidates
from calibration.plot import arms, is_near, spread
from calibration.report.lines import CRITERION, MIX, ORACLE, THRESHOLDS, Line, Scale
from calibration.report.picture import MEDIUM, TALL, Picture

_STYLES = list(product("os^vPX", (BLUE, SKY, ORANGE, PURPLE, GREEN)))
"""Marker and colour of a criterion; neighbours differ in colour."""


def pictures(calibrated: Calibrated, scale: Scale, lines: Sequence[Line]) -> list[Picture]:
    """Draw `lines`, which are over `scale`, with fixed exits and operating points."""
    kept = [row for _, row in calibrated.kept]

    def wide(figure: Figure, axes: Axes) -> None:
        _draw_thresholds(axes, lines)
        _draw_references(axes, lines)
        _draw_fixed(axes, calibrated.comparison.fixed, scale)
        _draw_points(axes, kept, scale, [row.summary.wer for row in kept], [])
        for row in kept:
            if not is_near(row):
                _name(axes, row.name, (scale.of(row), row.summary.wer.value), (8, 5), VERMILION)
        _finish(figure, axes, scale, "word error rate, %", "all exits")
        axes.margins(x=0.1, y=0.1)
        axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))

    def near(figure: Figure, axes: Axes) -> None:
        full = kept[0].summary.wer.value
        # The oracle is far below.
        _draw_references(axes, [line for line in lines if line.kind != ORACLE], full)
        # What repeats another score in another unit would hide it.
        shown = {LearntCriterion.name, *candidates(calibrated.comparison.table)}
        _draw_criteria(axes, [line for line in lines if line.name in shown], full)
        axes.axhline(0, color=GREY, lw=0.8)
        points = [row for row in kept if is_near(row)]
        increases = [row.summary.increase for row in points]
        # Against full depth on the same utterances, both are known far better.
        _draw_points(axes, points, scale, increases, _saved(points, scale))
        _set_limits(axes, points, scale, [line for line in lines if line.kind == CRITERION])
        _name_points(axes, points, scale)
        _finish(figure, axes, scale, "WER over full depth, points", "near full depth")

    says = f"Word error rate against {scale.label}"
    return [
        Picture(f"wer-over-{scale.unit}", f"{says}: all exits", MEDIUM, wide),
        Picture(f"near-full-over-{scale.unit}", f"{says}: near full depth", TALL, near),
    ]


def _draw_references(axes: Axes, lines: Sequence[Line], full: float = 0.0) -> None:
    styles = {MIX: (GREY, "--", "random mix of fixed exits"), ORACLE: (GREEN, "-.", "oracle")}
    for line in lines:
        if line.kind in styles:
            colour, style, label = styles[line.kind]
            axes.plot(line.x, np.array(line.wer) - full, style, color=colour, lw=1.8, label=label)


def _draw_thresholds(axes: Axes, lines: Sequence[Line]) -> None:
    found = [line for line in lines if line.kind == THRESHOLDS]
    labels = [f"any threshold on {found[0].name}", f"… on {len(found) - 1} other scores"]
    for index, line in enumerate(found):
        axes.plot(
            line.x,
            line.wer,
            color=SKY if index else BLUE,
            lw=0.8 if index else 1.8,
            alpha=0.6 if index else 1,
            zorder=1.9 if index else 2.1,
            label=labels[index] if index < 2 else None,
        )


def _draw_criteria(axes: Axes, lines: Sequence[Line], full: float) -> None:
    found = [line for line in lines if line.kind == CRITERION]
    for line, (marker, colour) in zip(found, [("D", INK), *_STYLES], strict=False):
        learnt = line.name == LearntCriterion.name
        axes.plot(
            line.x,
            np.array(line.wer) - full,
            marker=marker,
            color=INK if learnt else colour,
            ms=5 if learnt else 4,
            lw=1.8 if learnt else 0.9,
            label=line.name,
        )


def _draw_fixed(axes: Axes, fixed: Sequence[Row], scale: Scale) -> None:
    at = [(scale.of(row), row.summary.wer.value) for row in fixed]
    axes.plot(
        *zip(*at, strict=True), "o", color=GREY, markerfacecolor=PAPER, ms=8, label="fixed exit"
    )
    for row, place in zip(fixed, at, strict=True):
        _name(axes, row.name, place, (-6, -13), DARK)


def _draw_points(
    axes: Axes,
    rows: Sequence[Row],
    scale: Scale,
    heights: Sequence[Estimate],
    across: Sequence[Estimate],
) -> None:
    axes.errorbar(
        [scale.of(row) for row in rows],
        [height.value for height in heights],
        xerr=arms(across) if across else None,
        yerr=arms(heights),
        fmt="D",
        color=VERMILION,
        markersize=5,
        elinewidth=1.1,
        capsize=2.5,
        zorder=4,
        label="operating point, 95 %",
    )


def _saved(rows: Sequence[Row], scale: Scale) -> list[Estimate]:
    """Return where the points stand, with the interval of their distance from full depth."""
    if scale.axis == "depth":
        return [row.summary.depth for row in rows]
    return [
        Estimate(
            scale.of(row),
            scale.of(row) - scale.factor * (saved.high - saved.value),
            scale.of(row) + scale.factor * (saved.value - saved.low),
        )
        for row in rows
        for saved in (row.summary.saved,)
    ]


def _set_limits(axes: Axes, rows: Sequence[Row], scale: Scale, criteria: Sequence[Line]) -> None:
    high = max(1.2, *(1.1 * row.summary.increase.high for row in rows))
    low = min(-0.4, *(row.summary.increase.low for row in rows)) - 0.35 * high
    places = [scale.of(row) for row in rows] + [x for line in criteria for x in line.x]
    span = max(0.05 * max(places), max(places) - min(places))
    axes.set_xlim(min(places) - 0.08 * span, max(places) + 0.08 * span)
    axes.set_ylim(low, high)


def _name_points(axes: Axes, rows: Sequence[Row], scale: Scale) -> None:
    """Write the names in two rows at the bottom, where no line is, each tied to its point."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    order = sorted(rows, key=scale.of)
    wanted = np.array([scale.of(row) for row in order])
    places = spread(wanted, 0.13 * (right - left), left, right)
    for index, (row, place) in enumerate(zip(order, places, strict=True)):
        axes.annotate(
            row.name,
            (scale.of(row), row.summary.increase.value),
            xytext=(place, bottom + (0.02 + 0.06 * (index % 2)) * (top - bottom)),
            ha="center",
            color=VERMILION,
            fontsize=8.5,
            arrowprops={"arrowstyle": "-", "color": VERMILION, "lw": 0.6, "alpha": 0.6},
        )


def _name(
    axes: Axes, name: str, place: tuple[float, float], offset: tuple[float, float], colour: str
) -> None:
    axes.annotate(
        name,
        place,
        xytext=offset,
        textcoords="offset points",
        ha="right" if offset[0] < 0 else "left",
        color=colour,
        fontsize=8.5,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        zorder=5,
    )


def _finish(figure: Figure, axes: Axes, scale: Scale, label: str, title: str) -> None:
    axes.set_xlabel(scale.label)
    axes.set_ylabel(label)
    axes.set_title(title)
    figure.legend(loc="outside lower left", ncols=2)
