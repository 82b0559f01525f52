"""From a calibration and its exit table to a report."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.calibrate import Calibrated, calibrate
from calibration.guarantee import DELTA
from calibration.report import choices, conditions, sections
from calibration.report.agreement import differences
from calibration.report.section import Section
from calibration.report.source import Source
from calibration.table import Spend
from calibration.units import calibrate_units, fit_as_stated


@dataclass(frozen=True, eq=False)
class Report:
    """What the page shows. `warnings` are what a reader must know before any figure."""

    title: str
    summary: str
    warnings: list[str]
    sections: list[Section]


def report(source: Source) -> Report:
    """Fit again on the exit table, and show what that comes to.

    Raises:
        TableError: nothing can be fitted to the table.
    """
    calibrated = _fitted_again(source)
    measured = source.calibration.measured
    shown = [
        sections.points(calibrated),
        sections.wer_over_cost(calibrated, measured, source.test is None),
        sections.where_they_leave(calibrated),
        *([sections.in_noise(source.noise)] if source.noise else []),
        sections.reliability(calibrated),
        choices.section(calibrated, source.cal, source.shown),
        conditions.section(source),
    ]
    return Report(
        title=f"{source.manifest.name} on {source.calibration.board}",
        summary=_summary(source),
        warnings=_warnings(source, calibrated),
        sections=shown,
    )


def _fitted_again(source: Source) -> Calibrated:
    stated = source.calibration.conditions
    if fit := fit_as_stated(source.cal, stated.get("criterion")):
        return calibrate_units(fit, source.cal, source.test)
    delta = stated.get("delta")
    spend: Spend = "total" if stated.get("spend") == "total" else "each"
    return calibrate(source.cal, source.test, delta if isinstance(delta, float) else DELTA, spend)


def _summary(source: Source) -> str:
    table = source.test or source.cal
    known = source.calibration.conditions
    parts = [str(known.get("cpu") or ""), str(known.get("date") or "")[:10]]
    return " · ".join(
        [
            *(part for part in parts if part),
            f"fitted on {len(source.cal):,} utterances",
            f"figures on {len(table):,} utterances, {table.words.sum():,} words",
        ]
    )


def _warnings(source: Source, calibrated: Calibrated) -> list[str]:
    warnings = []
    if found := differences(calibrated, source.calibration):
        warnings.append(
            "The bundle carries other operating points than were fitted again for this page, as "
            "after a change of version, or with another table: " + "; ".join(found) + "."
        )
    if source.test is None:
        warnings.append("The figures are on the speech that was fitted on, so they flatter.")
    if not source.calibration.measured:
        warnings.append("All times are an estimate from the board's file; none was measured.")
    return warnings
