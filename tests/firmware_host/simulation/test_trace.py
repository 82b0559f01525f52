"""A day that was recorded, replayed at other depths."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from firmware_host.errors import TraceError
from firmware_host.simulation.controllers import Fixed, run
from firmware_host.simulation.scenarios import scenario
from firmware_host.simulation.trace import read_trace
from tests.firmware_host.ladder import LADDER, LEAST, LIMITS


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    rows = list(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hot day of which the first half ran at full depth, the second at the least."""
    day = scenario("hot-day", LIMITS)
    half = len(day) // 2

    class Halves:
        def choose(self, seen):
            return 0 if seen.at < half else LEAST

    history = run(day, LADDER, Halves())
    return write(
        tmp_path_factory.mktemp("trace") / "day.csv",
        (
            {
                "time_s": at,
                "celsius": round(history.celsius[at], 1),
                "busy": day.demand[at] * LADDER[history.rung[at]].load,
                "battery_percent": 80 - at / 100,
                "charging": 0,
                "point": LADDER[history.rung[at]].point,
            }
            for at in range(0, len(day), 2)
        ),
    )


def test_at_another_depth_it_would_have_been_as_warm_as_it_would_have_been(recording: Path):
    replayed = read_trace(recording, LADDER, LIMITS)
    day = scenario("hot-day", LIMITS)
    for rung in (0, 2, LEAST):
        found = run(replayed, LADDER, Fixed(rung)).celsius[600:-120]
        true = run(day, LADDER, Fixed(rung)).celsius[600 : 600 + len(found)]
        assert np.abs(found - true).max() < 3.0  # of 18 °C between full depth and the least


def test_the_battery_is_lost_as_it_was(recording: Path):
    day = read_trace(recording, LADDER, LIMITS)
    assert day.battery is not None
    assert day.battery.percent == 80
    assert day.battery.idle < 36 < day.battery.busy


def test_what_could_not_be_read_stays_unreadable(tmp_path: Path):
    rows = [
        {"time_s": at, "celsius": "" if 50 <= at < 80 else 40, "busy": 0.5} for at in range(200)
    ]
    day = read_trace(write(tmp_path / "a.csv", rows), LADDER, LIMITS)
    assert day.readable[:49].all()
    assert not day.readable[52:78].any()
    assert day.battery is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column 'time_s'"),
        ("time_s,celsius,busy\n", "has no rows"),
        ("time_s,busy\n0,1\n", "no column 'celsius'"),
        ("time_s,celsius,busy\n0,40,1\n0,40,1\n", "does not go up"),
        ("time_s,celsius,busy\n0,40,1\n1,hot,1\n", ":3: celsius is 'hot'"),
        ("time_s,celsius,busy\n0,40,1\n9,40,1\n", "less than 120 seconds"),
        ("time_s,celsius,busy\n0,,1\n900,,1\n", "less than 120 seconds"),
        ("time_s,celsius,busy,point\n0,40,1,deep\n900,40,1,deep\n", "a point 'deep'"),
        ("\0", "no column"),
    ],
)
def test_a_file_that_says_too_little_is_refused(tmp_path: Path, text: str, what: str):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(TraceError, match=what):
        read_trace(path, LADDER, LIMITS)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(tmp_path / "none.csv", LADDER, LIMITS)
