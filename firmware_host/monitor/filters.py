"""How a line looks: one small class each, from a line's text to what is shown."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

from firmware_host.monitor.lines import Line

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|[\x08\r\x1b]"
)


class Filter(Protocol):
    """Changes how a line looks, or leaves it out by returning None."""

    def show(self, line: Line, text: str) -> str | None:
        """Return what is shown of a line, of which filters before have made `text`."""
        ...


class Plain:
    """Without colours and movements of the cursor: for files, and for terminals' safety."""

    def show(self, line: Line, text: str) -> str:
        """Take escape sequences away."""
        return _ESCAPES.sub("", text)


class Times:
    """With the time of day of a line's first byte."""

    def show(self, line: Line, text: str) -> str:
        """Put the time before it."""
        return f"{datetime.fromtimestamp(line.at):%H:%M:%S.%f}"[:-3] + f" {text}"


class Without:
    """Without lines of some kinds, such as Telemetry."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = kinds

    def show(self, line: Line, text: str) -> str | None:
        """Leave those out."""
        return None if line.kind in self._kinds else text


class Matching:
    """Only lines in which a pattern is found; what happens to the link is always said."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def show(self, line: Line, text: str) -> str | None:
        """Leave others out."""
        return text if line.kind == "link" or self._pattern.search(line.text) else None
