"""One picture of a day: temperature, battery, depth and word errors on one axis of time."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from firmware_host.governor import Rung
from firmware_host.simulation.compare import Outcome, wer_of
from firmware_host.simulation.device import Day, Floats

_COLOURS = ("#0072B2", "#009E73", "#D55E00")
"""Okabe and Ito's, which most kinds of colour vision tell apart."""
_SHOWN = 3
"""The first outcomes are drawn; what never changes its depth needs no line."""
_MEAN = 60.0
"""Seconds over which depth and word errors are averaged: switches would fill the picture."""


def draw(day: Day, rungs: Sequence[Rung], outcomes: Sequence[Outcome]) -> Figure:
    """Draw what the first outcomes made of a day."""
    depth = np.array([rung.depth for rung in rungs])
    panels: list[tuple[str, Callable[[Outcome], Floats]]] = [
        ("temperature, °C", lambda one: one.history.celsius),
        ("depth, blocks", lambda one: _mean(day, depth[one.history.rung])),
        ("WER, %", lambda one: _mean(day, wer_of(one.history, rungs))),
    ]
    if day.battery is not None:
        panels.insert(1, ("battery, %", lambda one: one.history.percent))
    figure = Figure(figsize=(10, 2.1 * len(panels) + 0.9), dpi=130, layout="constrained")
    minutes = day.seconds / 60
    grid = figure.subplots(len(panels), 1, sharex=True)
    for axes, (label, values) in zip(grid, panels, strict=True):
        # The governor is drawn last, on top of what it is compared with.
        for one, colour in reversed(list(zip(outcomes[:_SHOWN], _COLOURS, strict=False))):
            name = f"{one.name}: WER {one.wer:.2f} %"
            axes.plot(minutes, values(one), color=colour, linewidth=1.3, label=name)
        _dress(axes, label)
        _shade(axes, day)
    grid[0].axhline(day.limits.ceiling, color="#444444", linewidth=1, linestyle="--")
    grid[0].annotate(
        "ceiling", (minutes[0], day.limits.ceiling), (2, 2), textcoords="offset points", fontsize=8
    )
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(
        handles[::-1], labels[::-1], loc="outside lower left", ncols=_SHOWN, frameon=False
    )
    grid[-1].set_xlabel("minutes")
    figure.suptitle(day.title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def encoded(figure: Figure, kind: str) -> bytes:
    """Return a picture as a file of one kind: png, svg or pdf."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind)
    return buffer.getvalue()


def _dress(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.margins(x=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#EBEBEB", linewidth=0.8)
    axes.set_axisbelow(True)


def _shade(axes: Axes, day: Day) -> None:
    """Mark where no temperature can be read."""
    if not day.readable.all():
        axes.fill_between(
            day.seconds / 60,
            0,
            1,
            where=(~day.readable).tolist(),
            transform=axes.get_xaxis_transform(),
            color="#EBEBEB",
            linewidth=0,
        )


def _mean(day: Day, values: Floats) -> Floats:
    width = max(min(round(_MEAN / day.step), len(values)), 1)
    ones = np.ones(width)
    weights = np.convolve(np.ones(len(values)), ones, mode="same")
    return np.asarray(np.convolve(values, ones, mode="same") / weights)
