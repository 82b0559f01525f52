"""A report on disk: the page, its pictures and its figures; whole or not at all."""

from __future__ import annotations

from pathlib import Path

from boards.errors import UsageError
from calibration.report.build import Report
from calibration.report.page import html
from calibration.report.sheets import as_csv
from edge.whole import whole_folder

PAGE, PICTURES, DATA = "index.html", "pictures", "data"

_ENTRIES = {PAGE, PICTURES, DATA}


def check(out: Path) -> None:
    """Raise `UsageError` if `out` is there and holds anything but an earlier report."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out}: is a file", "name a folder with --out")
    if others := sorted({path.name for path in out.iterdir()} - _ENTRIES):
        raise UsageError(
            f"{out}: holds '{others[0]}', which is no part of a report",
            "name another folder with --out: what is in it would be lost",
        )


def write(report: Report, out: Path) -> Path:
    """Write a report, in place of an earlier one; return the page's path.

    Raises:
        UsageError: as `check`.
    """
    check(out)
    with whole_folder(out) as folder:
        for name in (PICTURES, DATA):
            (folder / name).mkdir()
        for section in report.sections:
            for picture in section.pictures:
                (folder / PICTURES / f"{picture.name}.png").write_bytes(picture.png)
                (folder / PICTURES / f"{picture.name}.svg").write_bytes(picture.svg)
            for name, cells in section.sheets.items():
                (folder / DATA / name).write_bytes(as_csv(cells))
        (folder / PAGE).write_text(html(report), encoding="utf-8")
    return out / PAGE
