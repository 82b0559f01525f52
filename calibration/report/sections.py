"""The sections of a report that show figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calibration.budgets import BUDGETS
from calibration.calibrate import Calibrated
from calibration.report import depths, line_pictures, lines, reliability_pictures
from calibration.report.choices import mixes, saved_share
from calibration.report.noisy import Noisy
from calibration.report.reliability import Reliability, reliabilities
from calibration.report.section import Section, Table, between
from edge.calibration import Guarantee
from edge.rules import LearntRule

_MS = 1e3


def points(calibrated: Calibrated) -> Section:
    """Return the operating points that the bundle carries."""
    rows = []
    for point, row in calibrated.kept:
        found = row.summary
        (_, cost, _), (_, depth, _) = mixes(calibrated, row)
        rows.append(
            [
                point.name,
                between(found.wer, ".2f"),
                between(found.increase, "+.2f"),
                between(found.depth, ".2f"),
                "none" if depth is None else f"{depth:.2f}",
                between(found.cost, ".2f", _MS),
                f"{saved_share(row):.1%}",
                "none" if cost is None else f"{cost:.2f}",
                _promise(point.guarantee),
            ]
        )
    header = [
        *("point", "WER %", "over full, points", "mean exit", "random mix of same WER"),
        *("ms", "saved", "random mix of same WER, ms", "guarantee"),
    ]
    return Section(
        key="points",
        title="Operating points",
        text=[
            "From full depth to the least. In brackets are 95 % intervals, from resampling the "
            "utterances. The random mix tosses a coin between two fixed exits for each utterance: "
            "a point that does not spend less than that at its WER is not worth having."
        ],
        tables=[Table(header, rows)],
        sheets={"points.csv": lines.point_cells(calibrated)},
    )


def _promise(promise: Guarantee | None) -> str:
    return f"+{promise.epsilon:g}, {1 - promise.delta:.0%}" if promise else "–"


def wer_over_cost(calibrated: Calibrated, measured: bool, same_speech: bool) -> Section:
    """Return all ways to choose an exit, over time and over mean exit."""
    pictures, drawn = [], {}
    for scale in lines.scales(measured):
        drawn[scale.unit] = lines.lines(calibrated, scale)
        pictures += line_pictures.pictures(calibrated, scale, drawn[scale.unit])
    fitted = "on the speech of these figures" if same_speech else "on other speech"
    return Section(
        key="wer-over-cost",
        title="Word errors against cost",
        text=[
            "Lower and further left is better. The dashed line is the random mix of fixed exits, "
            "which has to be beaten; the oracle knows the errors of every exit beforehand. Over "
            "all exits, thin lines show what any threshold on a score could do, chosen with "
            "hindsight; near full depth, lines show what each criterion does alone, fitted "
            f"{fitted} for budgets of {', '.join(f'{budget:g}' for budget in BUDGETS)} points.",
            "Near full depth, intervals are of the difference from full depth on the same "
            "utterances.",
        ],
        pictures=pictures,
        tables=[_alone(calibrated)],
        sheets={"lines.csv": lines.line_cells(drawn)},
    )


def _alone(calibrated: Calibrated) -> Table:
    """Return each criterion's figures for each budget."""
    rows: dict[str, list[str]] = {}
    for point, row in lines.single_rows(calibrated):
        found = row.summary
        rows.setdefault(point.criterion, [point.criterion]).append(
            f"{found.increase.value:+.2f} · {found.depth.value:.2f} · {_MS * found.cost.value:.2f}"
        )
    header = ["criterion alone", *(f"budget {budget:g}" for budget in BUDGETS)]
    return Table(header, [*rows.values()], "WER over full depth in points · mean exit · ms")


def where_they_leave(calibrated: Calibrated) -> Section:
    """Return how deep utterances run, by corpus."""
    found = depths.by_corpus(calibrated)
    none = [] if found else ["Every operating point leaves at one exit only."]
    return Section(
        key="depth",
        title="Where utterances leave",
        text=["Share of each corpus's utterances that leave at each exit.", *none],
        pictures=depths.pictures(found, "corpus"),
        sheets={"depth-by-corpus.csv": depths.cells(found)},
    )


def in_noise(noisy: Noisy) -> Section:
    """Return how deep utterances run in noise and in rooms, and what that does to their words."""
    found = {noisy.point: noisy.depths()}
    rows = []
    for level in noisy.levels:
        depth, full, more = level.figures()
        rows.append(
            [
                level.name,
                f"{level.utterances:,}",
                f"{level.words.sum():,.0f}",
                between(depth, ".2f"),
                between(full, ".2f"),
                between(more, "+.2f"),
            ]
        )
    header = ["", "utterances", "words", "mean exit", "WER % at full depth", "over full, points"]
    return Section(
        key="noise",
        title="Where utterances leave in noise",
        text=[
            f"Operating point {noisy.point}, by what the speech was mixed with "
            f"({noisy.file}, from eedge noise)."
        ],
        tables=[Table(header, rows)],
        pictures=depths.pictures(found, "noise"),
        sheets={"depth-by-noise.csv": depths.cells(found)},
    )


def reliability(calibrated: Calibrated) -> Section:
    """Return what each score is worth at each exit."""
    learnt = _learnt(calibrated)
    found = reliabilities(calibrated.comparison.table, learnt)
    return Section(
        key="reliability",
        title="What each score is worth",
        text=[
            "Each dot is a bin of utterances with nearly the same score: how sure the exit was, "
            "against how many of them it recognised with no more word errors than the last exit "
            "(95 %, Wilson). A level line is a score that knows nothing.",
            "The AUC is how likely an utterance that may leave has a surer score than one that "
            "may not: 0.5 by chance, 1 for a score that knows (± half of DeLong's 95 % interval).",
            *(
                f"{name} is the learnt score as it was fitted for that budget: the word errors "
                "that going on is expected to win back, less what it costs."
                for name in learnt
            ),
        ],
        tables=[_areas(found)],
        pictures=reliability_pictures.pictures(found),
        sheets={
            "reliability.csv": reliability_pictures.bin_cells(found),
            "auc.csv": reliability_pictures.auc_cells(found),
        },
    )


def _learnt(calibrated: Calibrated) -> Mapping[str, LearntRule]:
    """Return the learnt rule of the middle budget that has one; the others differ in price."""
    found = {
        point.name: point.rule for point in calibrated.single if isinstance(point.rule, LearntRule)
    }
    names = list(found)
    return {name: found[name] for name in names[len(names) // 2 :][:1]}


def _areas(found: Sequence[Reliability]) -> Table:
    exits = {at.exit: at.good for each in found for at in each.exits}
    rows = []
    for each in found:
        cells = dict.fromkeys(exits, "–")
        for at in each.exits:
            if at.auc:
                reach = (at.auc.high - at.auc.low) / 2
                cells[at.exit] = f"{at.auc.value:.2f} ±{reach:.2f}"
        rows.append([each.score, *cells.values()])
    shares = ["no worse than the last", *(f"{good.value:.0%}" for good in exits.values())]
    return Table(["AUC", *(f"exit {exit}" for exit in exits)], [shares, *rows])
