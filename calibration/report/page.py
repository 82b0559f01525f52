"""The page: a report as one HTML file that needs nothing else."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from calibration.report.build import Report

_HERE = files("calibration.report")


def html(report: Report) -> str:
    """Return the page; whatever comes from outside is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["inline"] = lambda picture: Markup(picture.inline)
    template = environment.from_string(_text("page.html"))
    return template.render(report=report, css=Markup(_text("page.css")))


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
