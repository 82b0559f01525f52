"""Pictures and sheets of what scores are worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.plot import arms
from calibration.report.picture import SMALL, Picture, by_depth, slug
from calibration.report.reliability import AtExit, Reliability
from calibration.report.sheets import Cells

_MARKERS = "osD^vPX"
_WIDE = 30
"""Ratio of the outer bins' means beyond which a score is shown on a logarithmic scale."""


def pictures(found: Sequence[Reliability]) -> list[Picture]:
    """Draw each score's bins, one line for each exit."""
    return [
        Picture(
            slug(f"reliability-{number:02d}", each.score),
            f"How often an exit is no worse than the last one, by {each.score}",
            SMALL,
            partial(_draw, reliability=each),
        )
        for number, each in enumerate(found, start=1)
        if each.exits
    ]


def _draw(figure: Figure, axes: Axes, reliability: Reliability) -> None:
    exits = reliability.exits
    for index, (at, colour) in enumerate(zip(exits, by_depth(len(exits)), strict=True)):
        shares = [each.share for each in at.bins]
        axes.errorbar(
            [each.mean for each in at.bins],
            [100 * share.value for share in shares],
            yerr=100 * arms(shares),
            color=colour,
            marker=_MARKERS[index % len(_MARKERS)],
            ms=3.5,
            lw=1.2,
            elinewidth=0.6,
            label=f"exit {at.exit}",
        )
    if _is_wide(exits):
        axes.set_xscale("log")
    axes.set_ylim(-3, 103)
    way = "low" if reliability.lower_is_surer else "high"
    axes.set_xlabel(f"score ({way} is sure)")
    axes.set_ylabel("no worse than the last exit, %")
    axes.set_title(reliability.score)
    figure.legend(loc="outside lower left", ncols=3, columnspacing=1.2)


def _is_wide(exits: Sequence[AtExit]) -> bool:
    means = np.array([each.mean for at in exits for each in at.bins])
    low, high = np.quantile(means, [0.1, 0.9])
    return bool(means.min() > 0 and high > _WIDE * low)


def bin_cells(found: Sequence[Reliability]) -> Cells:
    """Yield the bins as rows of a sheet, the header first."""
    yield (
        *("score", "exit", "score_low", "score_mean", "score_high", "utterances", "no_worse"),
        *("share", "share_low", "share_high"),
    )
    for each in found:
        for at in each.exits:
            for some in at.bins:
                share = some.share
                yield (
                    *(each.score, at.exit, some.low, some.mean, some.high),
                    *(some.utterances, some.good, share.value, share.low, share.high),
                )


def auc_cells(found: Sequence[Reliability]) -> Cells:
    """Yield the AUC of each score at each exit, the header first; empty where there is none."""
    yield "score", "exit", "no_worse", "auc", "auc_low", "auc_high"
    for each in found:
        for at in each.exits:
            area = (at.auc.value, at.auc.low, at.auc.high) if at.auc else (None, None, None)
            yield each.score, at.exit, at.good.value, *area
