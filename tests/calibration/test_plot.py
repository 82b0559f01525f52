from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from calibration.calibrate import calibrate
from calibration.plot import draw, save, spread
from calibration.table import ExitTable
from tests.calibration.tables import make_table
from tests.calibration.test_budget import population

pytestmark = pytest.mark.slow

NOTHING_WRONG = make_table([[0, 0, 0]] * 4, [10] * 4, np.arange(12.0).reshape(4, 3))
ONE_EXIT = make_table([[1], [0]], [10, 10], [[0.5], [0.1]])


@pytest.mark.parametrize(
    "table", [population(80, 0), NOTHING_WRONG, ONE_EXIT], ids=["some", "none wrong", "one exit"]
)
def test_any_table_can_be_drawn(tmp_path: Path, table: ExitTable) -> None:
    figure = draw(calibrate(table), "A title", "A caption")
    save(figure, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as image:
        assert image.format == "PNG"
        assert image.width > 1_500


def test_the_picture_says_what_it_shows(tmp_path: Path) -> None:
    figure = draw(calibrate(population(80, 0)), "A title", "A caption")
    save(figure, tmp_path / "plot.svg")
    svg = (tmp_path / "plot.svg").read_text()
    for part in (
        *("A title", "A caption", "ms", "word error rate", "random mix", "oracle", "fixed exit"),
        *("operating point", "any threshold on entropy_nats", "exit 12", "full", "least"),
    ):
        assert part in svg


def test_the_same_figures_give_the_same_file(tmp_path: Path) -> None:
    calibrated = calibrate(population(80, 0))
    for name in ("a.svg", "b.svg"):
        save(draw(calibrated, "A title", "A caption"), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([2.0, 5.0, 8.0], [2, 5, 8]),
        ([5.0, 5.0, 5.0], [5, 6, 7]),
        ([9.9, 9.9], [8.5, 9.5]),
        ([0.0, 0.0], [0.5, 1.5]),
    ],
)
def test_names_are_moved_apart_and_stay_inside(wanted: list[float], places: list[float]) -> None:
    assert spread(np.array(wanted), 1.0, 0.0, 10.0).tolist() == places
