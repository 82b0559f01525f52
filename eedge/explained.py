"""What a target makes of a model, as text for people and as fields for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from eedge.columns import columns

if TYPE_CHECKING:
    from convert.explain.check import Break, Verdict
    from convert.explain.explained import Explained, Explanation
    from convert.explain.model import Operator

_WIDTH = 100
_PLACES = {"edgetpu": "TPU", "nnapi": "NNAPI"}
"""What a target's accelerator is called in a column."""


def show(explanation: Explanation, operators: bool) -> str:
    """Return the whole explanation as text of 100 columns; `operators` lists each of them."""
    parts = [_heading(explanation)]
    if operators:
        parts += [_show_operators(file, _place(explanation)) for file in explanation.files]
    parts += [_show_files(explanation), _show_stretches(explanation), *_show_breaks(explanation)]
    parts.append(_show_notes(explanation))
    return "\n\n".join(part for part in parts if part)


def fields(explanation: Explanation) -> dict[str, object]:
    """Return everything for JSON."""
    from convert.explain.macs import macs

    table = explanation.table
    return {
        "board": explanation.board.name,
        "operators": table.name if table else None,
        "mapped_share": explanation.mapped_share,
        "parameter_cache_bytes": explanation.cache_bytes,
        "files": [
            {
                "file": file.file,
                "graph": file.graph.name,
                "graphs": explanation.graphs[file.file],
                "macs": file.macs,
                "mapped_macs": file.mapped_macs,
                "mapped_share": file.mapped_share,
                "weight_bytes": file.weight_bytes,
                "streamed_bytes": streamed,
                "crossing_bytes": file.crossing_bytes,
                "stretches": [
                    {
                        "place": stretch.place,
                        "operators": [operator.number for operator in stretch.operators],
                        "macs": stretch.macs,
                        "bytes_in": stretch.bytes_in,
                        "bytes_out": stretch.bytes_out,
                    }
                    for stretch in file.stretches
                ],
                "operators": [
                    {
                        "number": operator.number,
                        "operator": operator.name,
                        "version": operator.version,
                        "shape": list(operator.outputs[0].shape) if operator.outputs else [],
                        "type": operator.outputs[0].type if operator.outputs else None,
                        "macs": macs(operator),
                        "mapped": verdict.answer,
                        "place": place,
                        "breaks": [
                            {
                                "rule": found.rule,
                                "detail": found.detail,
                                "rewrite": found.rewrite,
                                "certain": found.certain,
                                "sources": list(found.sources),
                            }
                            for found in verdict.breaks
                        ],
                    }
                    for operator, verdict, place in file.rows
                ],
            }
            for file, streamed in zip(explanation.files, explanation.streamed_bytes, strict=True)
        ],
        "borders": [
            {"before": border.before, "after": border.after, "detail": border.detail}
            for border in explanation.borders
        ],
    }


def _heading(explanation: Explanation) -> str:
    table = explanation.table
    what = f"{table.title} ({table.url})" if table else "every operator"
    return f"{explanation.board.title}: {what}"


def _place(explanation: Explanation) -> str:
    return _PLACES.get(explanation.board.target, "accelerator")


def _show_operators(file: Explained, accelerator: str) -> str:
    rows = [["", "operator", "v", "output", "on", "because"]]
    for operator, verdict, place in file.rows:
        on = accelerator if place == "accelerator" else "CPU"
        cells = [str(operator.number), operator.name, str(operator.version), _output(operator), on]
        rows.append([*cells, _reason(verdict, place)])
    lines = columns(rows, left=(1, 3, 4, 5)).splitlines()
    return "\n".join([f"{file.file}, {file.graph.name}", *(_cut(line) for line in lines)])


def _reason(verdict: Verdict, place: str) -> str:
    if verdict.answer == "no":
        return f"{verdict.breaks[0].rule}: {verdict.breaks[0].detail}"
    if place == "cpu":
        return "behind one that is not mapped"
    return f"perhaps: {verdict.breaks[0].detail}" if verdict.breaks else ""


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _output(operator: Operator) -> str:
    from convert.explain.rules import shape_text

    if not operator.outputs:
        return ""
    output = operator.outputs[0]
    return f"{output.type.lower()} {shape_text(output.shape)}"


def _show_files(explanation: Explanation) -> str:
    header = ["file", "length", "operators", "mapped", "stretches", "MACs", "mapped"]
    rows = [[*header, "crossing", "weights", "streamed"]]
    for file, streamed in zip(explanation.files, explanation.streamed_bytes, strict=True):
        rows.append(
            [
                file.file,
                file.graph.name,
                str(len(file.graph.operators)),
                str(len(file.accelerated)),
                str(len(file.stretches)),
                _count(file.macs),
                f"{file.mapped_share:.1%}",
                _bytes(file.crossing_bytes),
                _bytes(file.weight_bytes),
                _bytes(streamed),
            ]
        )
    if len(explanation.files) > 1:
        total = ["together", *[""] * 4, _count(sum(file.macs for file in explanation.files))]
        total += [f"{explanation.mapped_share:.1%}"]
        total += [_bytes(sum(file.crossing_bytes for file in explanation.files))]
        total += [_bytes(sum(file.weight_bytes for file in explanation.files))]
        rows.append([*total, _bytes(sum(explanation.streamed_bytes))])
    return columns(rows, left=(0, 1))


def _show_stretches(explanation: Explanation) -> str:
    if len(explanation.files) > 1:
        return ""
    rows = [["stretch", "on", "operators", "MACs", "in", "out"]]
    for number, stretch in enumerate(explanation.files[0].stretches, start=1):
        place = _place(explanation) if stretch.place == "accelerator" else "CPU"
        count, out = str(len(stretch.operators)), _bytes(stretch.bytes_out)
        rows.append(
            [str(number), place, count, _count(stretch.macs), _bytes(stretch.bytes_in), out]
        )
    return columns(rows, left=(0, 1))


def _show_breaks(explanation: Explanation) -> Iterable[str]:
    found: dict[tuple[str, str, str, bool], list[tuple[str, Break]]] = {}
    for file in explanation.files:
        for operator, verdict, _ in file.rows:
            for each in verdict.breaks:
                key = (each.rule, operator.name if each.rule != "type" else "", each.rewrite)
                found.setdefault((*key, each.certain), []).append((file.file, each))
    # What is wrong with most of a model comes first; what may do no harm comes last.
    for (rule, name, rewrite, certain), breaks in sorted(
        found.items(), key=lambda item: (not item[0][3], -len(item[1]))
    ):
        files = len({file for file, _ in breaks})
        where = f" in {files} files" if len(explanation.files) > 1 else ""
        what = name or "operators"
        doubt = "" if certain else " (perhaps mapped; nobody has said)"
        lines = [f"{what} × {len(breaks)}{where}: {rule}{doubt}"]
        lines += [f"  e.g. {breaks[0][1].detail}"]
        lines += textwrap.wrap(rewrite, _WIDTH - 4, initial_indent="  → ", subsequent_indent="    ")
        yield "\n".join(lines)


def _show_notes(explanation: Explanation) -> str:
    notes = []
    several = sum(1 for count in explanation.graphs.values() if count > 1)
    if several:
        notes.append("of files with several lengths, the one that is worst off is shown.")
    if explanation.cache_bytes is not None:
        notes.append(
            f"weights: {_bytes(int(explanation.cache_bytes))} of parameter cache are filled in the "
            "order of running; what does not fit is sent at every run (streamed)."
        )
    notes += [
        f"{border.before} → {border.after}: {border.detail}; give both one quantisation"
        for border in explanation.borders[:3]
    ]
    if len(explanation.borders) > 3:
        notes.append(f"and {len(explanation.borders) - 3} more borders like these")
    return "\n".join(
        textwrap.fill(f"note: {note}", _WIDTH, subsequent_indent="  ") for note in notes
    )


def _bytes(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.2f} MB"


def _count(number: int) -> str:
    return f"{number / 1e6:.2f} M" if number >= 1e4 else str(number)
