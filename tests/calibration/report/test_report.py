"""The report: complete, self-contained, true to the calibration, written whole or not at all."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from boards.errors import UsageError
from calibration.errors import TableError
from calibration.report.build import Report, report
from calibration.report.folder import write
from calibration.report.page import html
from calibration.report.section import Section
from calibration.report.source import Source
from calibration.table_csv import read_table, write_table
from edge.bundle import Bundle
from eedge.cli import main
from tests.calibration.report.made import NASTY, Made, make, speech
from tests.calibration.tables import make_table

pytestmark = pytest.mark.slow

SECTIONS = ("points", "wer-over-cost", "depth", "noise", "reliability", "choices", "conditions")

NOISE = """\
point,snr_db,room,utterance,corpus,exit,errors,full_errors,words,cost
least,0,,a,easy,12,4,3,5,0.02
least,inf,,a,easy,2,1,1,5,0.01
least,inf,hall.wav,a,easy,6,2,2,5,0.01
least,10,,a,easy,6,2,1,5,0.01
least,inf,,b,easy,6,0,0,5,0.01
"""


class Page(HTMLParser):
    """The tags of a page, with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [str(found[attribute]) for _, found in self.tags if attribute in found]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("report")
    return make(folder / "small.eedge", speech(30, 1, "cal"), speech(50, 101, "test"))


@pytest.fixture(scope="session")
def folder(made: Made) -> Path:
    """A report as the command writes it."""
    out = made.bundle.path.parent / "out"
    noise = made.bundle.path.parent / "noise.csv"
    noise.write_text(NOISE)
    assert main(["report", str(made.bundle.path), "-o", str(out), "--noise", str(noise)]) == 0
    return out


@pytest.fixture(scope="session")
def page(folder: Path) -> Page:
    return Page(folder / "index.html")


def test_the_page_has_every_section(page: Page) -> None:
    ids = page.values("id")
    assert [found["id"] for tag, found in page.tags if tag == "section"] == [*SECTIONS]
    assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_from_elsewhere(page: Page) -> None:
    assert not page.values("src")
    assert "http" not in page.source
    assert "@import" not in page.source
    inside = {f"#{name}" for name in page.values("id")}
    assert set(page.values("href")) <= inside
    assert set(re.findall(r"url\(([^)]*)\)", page.source)) <= inside


def test_what_comes_from_outside_is_shown_and_not_run(page: Page) -> None:
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(NASTY) >= 4  # title, legend, origin, conditions


def test_colours_of_text_and_paper_follow_the_theme(page: Page) -> None:
    inside = re.findall(r"<svg.*?</svg>", page.source, re.DOTALL)
    assert len(inside) > 4
    assert not re.search("#1a1a1a|#ffffff", "".join(inside), re.IGNORECASE)
    assert "var(--ink)" in inside[0]


def test_the_page_has_the_figures_of_the_calibration(page: Page, made: Made) -> None:
    for point in made.bundle.calibration("host").points:
        figures = f"{point.wer:.2f} [{point.wer_low:.2f}, {point.wer_high:.2f}]"
        assert re.search(rf"{re.escape(point.name)}\s*{re.escape(figures)}", page.text)
    assert not [found for _, found in page.tags if found.get("class") == "warning"]


def test_the_sheets_have_the_figures_of_the_calibration(folder: Path, made: Made) -> None:
    with (folder / "data" / "points.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    for point in made.bundle.calibration("host").points:
        row = rows[point.name]
        found = [float(row[name]) for name in ("wer", "mean_exit", "mean_cost")]
        assert found == [point.wer, point.mean_exit, point.cost_s]
    assert {"exit 2", "exit 12", "entropy_nats+0.5", "learnt+0.5"} <= rows.keys()


def test_shares_of_the_depths_are_those_of_the_calibration(folder: Path, made: Made) -> None:
    with (folder / "data" / "depth-by-corpus.csv").open() as file:
        rows = list(csv.DictReader(file))
    least = made.bundle.calibration("host").point("least")
    count = {int(row["exit"]): 0 for row in rows}
    for row in rows:
        if row["point"] == "least":
            count[int(row["exit"])] += int(row["utterances"])
    assert {exit: n / 50 for exit, n in count.items() if n} == pytest.approx(least.shares)


def test_every_picture_is_there_twice_with_its_figures(folder: Path) -> None:
    pictures = sorted(path.name for path in (folder / "pictures").iterdir())
    assert {Path(name).suffix for name in pictures} == {".png", ".svg"}
    assert len({Path(name).with_suffix("") for name in pictures}) == len(pictures) / 2
    assert all(re.fullmatch(r"[\w.-]+", name) for name in pictures)
    assert {path.name for path in (folder / "data").iterdir()} == {
        *("points.csv", "lines.csv", "depth-by-corpus.csv", "depth-by-noise.csv"),
        *("reliability.csv", "auc.csv"),
    }


def test_lines_are_there_over_time_and_over_depth(folder: Path) -> None:
    with (folder / "data" / "lines.csv").open() as file:
        found = {(row["unit"], row["kind"], row["name"]) for row in csv.DictReader(file)}
    for unit in ("ms", "blocks"):
        assert {(unit, "random mix", ""), (unit, "oracle", "")} <= found
        assert {(unit, "criterion", "learnt"), (unit, "any threshold", "entropy_nats")} <= found


def test_noise_goes_from_clean_to_loud_and_rooms_come_last(folder: Path) -> None:
    with (folder / "data" / "depth-by-noise.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(dict.fromkeys(row["group"] for row in rows)) == ["clean", "10 dB", "0 dB", "rooms"]
    clean = {row["exit"]: row["utterances"] for row in rows if row["group"] == "clean"}
    assert clean == {"2": "1", "6": "1", "12": "0"}


def test_each_budget_says_what_it_chose_and_why(page: Page, made: Made) -> None:
    for point, _ in made.calibrated.rows[1:]:
        assert point.name in page.text
        if point.note and not point.guarantee:
            assert point.note in page.text or point.note.capitalize() in page.text
    for part in ("cross-fitting", "random mix", "guarantee", "the latest at exit"):
        assert part in page.text


def test_the_conditions_are_on_the_page(page: Page, made: Made) -> None:
    for part in ("a slow one", "fitted on: words", made.bundle.identity, "dynamic-int8"):
        assert part in page.text


def source_of(made: Made) -> Source:
    return Source.read(made.bundle, "host", None, None)


def test_a_calibration_that_differs_is_named(made: Made) -> None:
    source = source_of(made)
    first, *others = source.calibration.points
    changed = first.model_copy(update={"wer": first.wer + 1})
    points = (changed, *others[:-1])
    other = source.calibration.model_copy(update={"points": points})
    (warning,) = report(replace(source, calibration=other)).warnings
    assert "'full' has wer" in warning
    assert "'least' is not in the calibration" in warning


def test_what_was_not_measured_is_called_an_estimate(tmp_path: Path) -> None:
    made = make(tmp_path / "a.eedge", speech(30, 0, "cal"), None, measured=False)
    found = report(source_of(made))
    assert any("estimate" in warning for warning in found.warnings)
    assert any("that was fitted on" in warning for warning in found.warnings)
    labels = [picture.says for picture in found.sections[1].pictures]
    assert any("estimated time" in label for label in labels)
    assert not any("measured" in label for label in labels)


@pytest.mark.parametrize(
    "table",
    [
        make_table([[0, 0, 0]] * 4, [10] * 4, np.arange(12.0).reshape(4, 3)),
        make_table([[1], [0]], [10, 10], [[0.5], [0.1]]),
    ],
    ids=["nothing wrong", "one exit"],
)
def test_a_table_that_says_little_makes_a_page(tmp_path: Path, table) -> None:
    made = make(tmp_path / "a.eedge", table, None)
    assert "Operating points" in html(report(source_of(made)))


def test_opening_a_bundle_ignores_the_table(made: Made) -> None:
    assert made.table.is_file()
    assert Bundle.open(made.bundle.path).calibrations() == ["host"]


def test_without_a_table_it_says_how_to_make_one(tmp_path: Path, capsys) -> None:
    made = make(tmp_path / "a.eedge", speech(30, 0, "cal"), None)
    made.table.unlink()
    assert main(["report", str(made.bundle.path), "-o", str(tmp_path / "out")]) == 1
    stderr = capsys.readouterr().err
    assert "there is no exit table" in stderr
    assert f"eedge calibrate {made.bundle.path} --board host --data MANIFEST" in stderr
    assert not (tmp_path / "out").exists()


def test_a_table_of_other_exits_is_refused(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    write_table(read_table(made.table).among([2, 12]), path)
    with pytest.raises(TableError, match=r"is of exits 2, 12, the bundle has 2, 6, 12"):
        Source.read(made.bundle, "host", path, None)


def test_a_board_that_it_is_not_calibrated_for_is_an_error(made: Made, capsys) -> None:
    arguments = ["report", str(made.bundle.path), "-o", "out", "--board", "hots", "--json"]
    assert main(arguments) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert "did you mean 'host'?" in error["try"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (NOISE.replace("snr_db", "snr"), "no column 'snr_db'"),
        (NOISE.replace("0,,a,easy,12", "0,,a,easy,7"), "'7' is none of the bundle's exits"),
        (NOISE.replace("10,,a", "loud,,a"), "'loud' is not a number"),
        (NOISE.replace("10,,a", "nan,,a"), "'nan' is not a number"),
        (NOISE.replace("least,10", "full,10"), "is full, where it was least"),
    ],
)
def test_a_bad_file_of_noise_is_refused(made: Made, tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "noise.csv"
    path.write_text(text)
    with pytest.raises(TableError, match=what):
        Source.read(made.bundle, "host", None, path)


def test_an_earlier_report_is_replaced(tmp_path: Path) -> None:
    write(Report("one", "", [], [Section("a", "A", sheets={"a.csv": [("x",)]})]), tmp_path / "out")
    write(Report("two", "", [], []), tmp_path / "out")
    assert "two" in (tmp_path / "out" / "index.html").read_text()
    assert not list((tmp_path / "out" / "data").iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_things_is_left_alone(made: Made, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    assert main(["report", str(made.bundle.path), "-o", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(UsageError, match="is a file"):
        write(Report("", "", [], []), tmp_path / "thesis.tex")


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[object, ...]]:
        yield ("header",)
        raise TableError("half way")

    with pytest.raises(TableError):
        write(
            Report("", "", [], [Section("a", "A", sheets={"a.csv": failing()})]), tmp_path / "out"
        )
    assert not list(tmp_path.iterdir())
