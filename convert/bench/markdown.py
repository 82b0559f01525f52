"""A report as Markdown that can be pasted where it is needed, conditions and all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from convert.bench.report import PYTORCH, Report, Row

_OUTSIDE = (
    "Times are ms per utterance. log-mel (NumPy) was timed by itself. *interpreter* is TFLite's, "
    "*loading* what it takes when the length changes and only one stays in memory (`eedge-run`), "
    "*outside* all the rest: padding, masks, log-softmax, scores, policy, decoding, Python. "
    "*deciding* is one decision of the policy once its scores are there. "
    "Memory is that of a process of its own, Python and libraries included."
)


def markdown(report: Report) -> str:
    """Return conditions, table and ratios, ready to paste."""
    return "\n".join(
        [
            *_conditions(report),
            "",
            *_table(report.rows),
            "",
            _OUTSIDE,
            "",
            *(f"- {name}: {value:.2f}" for name, value in report.ratios.items()),
            *(
                f"- {point} saves {100 * saved.time:.1f} % of the time, where its blocks would "
                f"save {100 * saved.blocks:.1f} %"
                for point, saved in report.savings.items()
            ),
            *_agreement(report),
            *(f"- note: {text}" for text in report.notes),
        ]
    )


def _conditions(report: Report) -> Iterator[str]:
    found, machine = report.conditions, report.conditions.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    yield (
        f"- {machine.date}: {machine.cpu}, {machine.cores} cores, {machine.system}, "
        f"load {machine.load:g} at the start; used by others while timing: "
        f"{', '.join(f'{cores:g}' for cores in found.others.values())} cores"
    )
    yield f"- Python {machine.python}, {versions}"
    yield (
        f"- {found.bundle} {found.identity[:12]}, {found.recipe}, "
        f"made from checkpoint {found.checkpoint}"
    )
    yield (
        f"- {found.data}: {found.utterances} utterances, {found.seconds:.1f} s of sound; "
        f"{found.rounds} rounds: {found.method}"
    )


_COLUMNS: dict[str, Callable[[Row], str]] = {
    "engine": lambda row: row.engine,
    "threads": lambda row: str(row.threads),
    "ms": lambda row: _number(row.ms, 2),
    "RTF": lambda row: _number(row.rtf, 4),
    "× PyTorch": lambda row: _number(row.speedup, 2),
    "blocks run": lambda row: _number(row.blocks, 2),
    "log-mel": lambda row: _number(row.log_mel_ms, 2),
    "interpreter": lambda row: _number(row.interpreter_ms, 2),
    "front end": lambda row: _number(row.frontend_ms, 2),
    "blocks": lambda row: _number(row.blocks_ms, 2),
    "branches": lambda row: _number(row.branches_ms, 2),
    "loading": lambda row: _number(row.loading_ms, 2),
    "outside": lambda row: _number(row.outside_ms, 2),
    "outside %": lambda row: _number(row.outside_share, 1, 100),
    "deciding µs": lambda row: _number(row.deciding_us, 1),
    "% of a block": lambda row: _number(row.deciding_share, 2, 100),
    "peak MB": lambda row: _number(row.peak_mb, 0),
}


def _table(rows: Sequence[Row]) -> Iterator[str]:
    cells = [[value(row) for value in _COLUMNS.values()] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(_COLUMNS, *cells, strict=True)]
    yield _line(_COLUMNS, widths)
    # The first column is of words, the others of numbers.
    yield _line(
        [":".ljust(widths[0], "-"), *("-" * (width - 1) + ":" for width in widths[1:])], widths
    )
    yield from (_line(line, widths) for line in cells)


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    texts = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return f"| {' | '.join(texts)} |"


def _number(value: float | None, digits: int, factor: float = 1) -> str:
    return "" if value is None else f"{factor * value:.{digits}f}"


def _agreement(report: Report) -> Iterator[str]:
    total = report.conditions.utterances
    for found in report.agreement:
        one, other = found.engines
        if PYTORCH in found.engines or found.same < total:
            yield f"- same text by {one} and {other}: {found.same} of {total}"
