"""What the figures were measured on and with, and what was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from calibration.report.section import Item, Section
from calibration.report.source import Source
from edge.calibration import Calibration

_NOT_MEASURED = (
    "Times are the sum of what was measured of the parts: features, blocks, branches, scores and "
    "decoding of every utterance, each the median of its runs. An operating point's time is that "
    "sum for the exits that it looks at, not a run of its own.",
    "The random mix and the oracle are worked out from the table and were not run.",
    "Energy, temperature and memory were not measured.",
)


def section(source: Source) -> Section:
    """Return everything known of how the figures came about."""
    calibration, manifest = source.calibration, source.manifest
    bundle = {
        "name": manifest.name,
        "identity": calibration.bundle,
        "family": manifest.family,
        "blocks": len(manifest.blocks),
        "exits": ", ".join(map(str, manifest.exits)),
        "recipe": manifest.recipe,
        "target": manifest.target,
        "licence": manifest.licence,
        "origin": manifest.origin,
        "made with": _versions(manifest.versions),
    }
    report = {
        "eedge": source.version,
        "exit table": source.table_name,
        "SHA-256 of the table": source.table_sha256,
        "utterances fitted on": f"{len(source.cal):,}",
        "utterances of the figures": f"{len(source.test or source.cal):,}",
    }
    return Section(
        key="conditions",
        title="Conditions",
        text=[_times(calibration), *_NOT_MEASURED, *([] if source.noise else [_NO_NOISE])],
        items=[
            Item("Calibration", list(_flat(calibration.conditions))),
            Item("Bundle", [(key, str(value)) for key, value in bundle.items()]),
            Item("This report", list(report.items())),
        ],
    )


_NO_NOISE = "How depth and errors change in noise was not measured for this report."


def _times(calibration: Calibration) -> str:
    if calibration.measured:
        return "Word errors and times were measured, on the machine named below."
    return "Word errors were measured; times are an estimate from the board's file."


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _flat(fields: Mapping[str, JsonValue], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and values, those of a section within with its name before theirs."""
    for key, value in fields.items():
        name = f"{above}{key}".replace("_", " ")
        if isinstance(value, dict):
            yield from _flat(value, f"{name}: ")
        else:
            yield name, "unknown" if value is None else str(value)
