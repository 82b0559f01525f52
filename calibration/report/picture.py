"""Pictures of a report: their manner, and how each comes into the page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from calibration import colours
from calibration.plot import encoded

MEDIUM, TALL = (5.6, 4.8), (5.6, 6.2)
SMALL = (3.7, 3.3)
"""Inches; at 72 CSS pixels each, both are readable without zooming on a phone."""

_THEMED = {
    colours.INK: "ink",
    colours.DARK: "dim",
    colours.PALE: "grid",
    colours.PAPER: "paper",
}
"""Colours that the page changes by its theme, and what they are called in `page.css`."""
_HEX = re.compile("|".join(_THEMED), re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+", re.IGNORECASE)
_LOCAL = re.compile(r"url\(#([^)]*)\)")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with one pair of axes in the manner of all others, drawn when it is asked for.

    `name` may become that of a file and of an element; `says` is what it shows, for who cannot see
    it; `size` is in inches.
    """

    name: str
    says: str
    size: tuple[float, float]
    paint: Callable[[Figure, Axes], None]

    @cached_property
    def figure(self) -> Figure:
        """The picture as matplotlib has it."""
        with _manner():
            figure = Figure(figsize=self.size, layout="constrained")
            self.paint(figure, figure.subplots())
        return figure

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG."""
        return encoded(self.figure, "png")

    @cached_property
    def svg(self) -> bytes:
        """The picture as SVG, to stand by itself."""
        return encoded(self.figure, "svg")

    @property
    def inline(self) -> str:
        """The SVG as an element of a page, in the page's colours and with names of its own."""
        root = ET.fromstring(self.svg)
        for parent in root.iter():
            for child in [each for each in parent if _plain(each.tag) in ("metadata", "style")]:
                parent.remove(child)
        for element in root.iter():
            element.tag = _plain(element.tag)
            found = {_plain(key): value for key, value in element.attrib.items()}
            element.attrib.clear()
            element.attrib.update({key: self._adapted(key, found[key]) for key in found})
        width = float(root.attrib.pop("width").removesuffix("pt"))
        del root.attrib["height"]
        root.attrib |= {"role": "img", "aria-label": self.says, "style": f"max-width:{width:g}pt"}
        return ET.tostring(root, encoding="unicode")

    def _adapted(self, key: str, value: str) -> str:
        if key == "id":
            return f"{self.name}-{value}"
        if key == "href" and value.startswith("#"):
            return f"#{self.name}-{value[1:]}"
        value = _LOCAL.sub(rf"url(#{self.name}-\1)", value)
        return _HEX.sub(lambda colour: f"var(--{_THEMED[colour[0].upper()]})", value)


def slug(*parts: str) -> str:
    """Return a name for a picture: what is no letter, digit or dot turns to `-`."""
    return _NOT_IN_NAMES.sub("-", "-".join(parts))


def by_depth(count: int) -> list[str]:
    """Return colours from shallow to deep that can be told apart on white and on black."""
    stops = [colours.BLUE, colours.GREEN, colours.ORANGE, colours.VERMILION]
    scale = LinearSegmentedColormap.from_list("depth", stops)
    return [to_hex(scale(index / max(1, count - 1))) for index in range(count)]


def _manner() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "axes.axisbelow": True,
            "axes.edgecolor": colours.GREY,
            "axes.grid": True,
            "axes.labelcolor": colours.INK,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "figure.dpi": 150,
            "font.size": 9.5,
            "grid.color": colours.PALE,
            "legend.fontsize": 8.5,
            "legend.frameon": False,
            # Lines of thousands of points: what is within a pixel cannot be seen.
            "path.simplify_threshold": 1.0,
            "text.color": colours.INK,
            "xtick.color": colours.GREY,
            "xtick.labelcolor": colours.INK,
            "ytick.color": colours.GREY,
            "ytick.labelcolor": colours.INK,
        }
    )


def _plain(name: str) -> str:
    """Return a name without its namespace, which a page does not need."""
    return name.rpartition("}")[2]
