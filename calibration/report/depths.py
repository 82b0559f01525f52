"""Where utterances leave: how many at each exit, by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.calibrate import Calibrated
from calibration.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from calibration.report.picture import SMALL, Picture, slug
from calibration.report.sheets import Cells
from calibration.table import Floats, Texts
from edge.rules import FixedRule

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, GREY)
_UNNAMED = "no name"


@dataclass(frozen=True)
class Depths:
    """How many utterances of a group leave at each exit, under one policy."""

    point: str
    group: str
    counts: dict[int, int]

    @property
    def utterances(self) -> int:
        """All utterances of the group."""
        return sum(self.counts.values())

    @property
    def mean_exit(self) -> float:
        """In blocks."""
        return sum(exit * count for exit, count in self.counts.items()) / self.utterances


def by_corpus(calibrated: Calibrated) -> dict[str, list[Depths]]:
    """Return, by point, the depths of each corpus; without points that leave at one exit only."""
    table = calibrated.comparison.table
    return {
        point.name: depths_of(point.name, row.outcome.depth, table.corpus, table.exits.tolist())
        for point, row in calibrated.kept
        if not isinstance(point.rule, FixedRule)
    }


def depths_of(point: str, depth: Floats, groups: Texts, exits: Sequence[int]) -> list[Depths]:
    """Count the utterances ([U]) of each group that leave at each of `exits`."""
    return [
        Depths(
            point=point,
            group=str(group) or _UNNAMED,
            counts={exit: int(np.sum(depth[groups == group] == exit)) for exit in exits},
        )
        for group in np.unique(groups)
    ]


def cells(depths: dict[str, list[Depths]]) -> Cells:
    """Yield rows of a sheet, the header first."""
    yield "point", "group", "exit", "utterances", "share"
    for found in (each for some in depths.values() for each in some):
        for exit, count in found.counts.items():
            yield found.point, found.group, exit, count, count / found.utterances


def pictures(depths: dict[str, list[Depths]], kind: str) -> list[Picture]:
    """Draw a histogram for each point, with a bar for each group at each exit."""
    return [
        Picture(
            slug("depth-by", kind, name),
            f"Share of utterances that leave at each exit by {kind}, point {name}",
            SMALL,
            partial(_draw, title=name, groups=depths[name]),
        )
        for name in depths
    ]


def _draw(figure: Figure, axes: Axes, title: str, groups: Sequence[Depths]) -> None:
    exits = list(groups[0].counts)
    width = 0.84 / len(groups)
    for index, group in enumerate(groups):
        places = np.arange(len(exits)) + (index - (len(groups) - 1) / 2) * width
        shares = [100 * group.counts[exit] / group.utterances for exit in exits]
        label = f"{group.group}: {group.mean_exit:.1f}"
        axes.bar(places, shares, width, color=_COLOURS[index % len(_COLOURS)], label=label)
    axes.set_xticks(range(len(exits)), [str(exit) for exit in exits])
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("exit")
    axes.set_ylabel("utterances, %")
    axes.set_ylim(0, 100)
    axes.set_title(title)
    figure.legend(loc="outside lower left", ncols=2, title="mean exit", alignment="left")
