"""An estimate is the sum of what a board's file says of each part, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from boards.board import Cost, Figure, board_names, load_board
from boards.table import load_table
from convert.explain.estimate import EstimateError, estimate, file_seconds
from convert.explain.explained import Explained, explain_graph
from convert.explain.model import read_model
from edge.bundle import Bundle
from tests.convert.explain.made import Made
from tests.convert.explain.test_catalogue import good, unsupported_in_the_middle


def figure(value: float) -> Figure:
    return Figure(value=value, source="made up for a test")


COST = Cost(
    mac_per_s=figure(1e9),
    cpu_mac_per_s=figure(1e6),
    bytes_per_s=figure(1e6),
    call_overhead_s=figure(0.5),
)
MACS = 50 * 16 * 16
BYTES = 50 * 16


def explained(path: Path, on_accelerator: bool = True) -> Explained:
    (graph,) = read_model(path)
    return explain_graph(path.name, graph, load_table("edgetpu-16"), on_accelerator)


def test_a_call_pays_for_work_on_both_sides_what_crosses_and_itself(tmp_path: Path) -> None:
    file = explained(unsupported_in_the_middle(Made(), tmp_path / "m.tflite"))
    # In: the input. Out: the convolution's output and the logistic function's.
    expected = MACS / 1e9 + MACS / 1e6 + 3 * BYTES / 1e6 + 0.5
    assert file_seconds(file, 0, COST, "b") == pytest.approx(expected)


def test_weights_that_the_cache_does_not_hold_cross_at_every_run(tmp_path: Path) -> None:
    file = explained(good(Made(), tmp_path / "m.tflite"))
    kept, streamed = (file_seconds(file, count, COST, "b") for count in (0, 1000))
    assert streamed - kept == pytest.approx(1000 / 1e6)


def test_on_a_cpu_only_the_work_counts(tmp_path: Path) -> None:
    file = explained(good(Made(), tmp_path / "m.tflite"), on_accelerator=False)
    assert file_seconds(file, 0, Cost(mac_per_s=figure(1e9)), "b") == pytest.approx(MACS / 1e9)


def test_a_figure_that_is_needed_and_not_there_is_never_guessed(tmp_path: Path) -> None:
    file = explained(unsupported_in_the_middle(Made(), tmp_path / "m.tflite"))
    cost = COST.model_copy(update={"cpu_mac_per_s": None})
    with pytest.raises(EstimateError, match="cpu_mac_per_s"):
        file_seconds(file, 0, cost, "b")


@pytest.fixture(scope="module")
def tiny(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["dynamic-int8"])


def test_longer_and_deeper_costs_more(tiny: Bundle) -> None:
    found = estimate(tiny, load_board("raspberry-pi-4"))
    assert list(found) == list(tiny.manifest.buckets)
    totals = [sum(seconds.to_here) for seconds in found.values()]
    assert totals == sorted(totals)
    assert all(min(seconds.to_here) > 0 < min(seconds.branch) for seconds in found.values())


def test_a_raspberry_pi_5_is_faster_than_a_4_by_the_ratio_that_was_measured(tiny: Bundle) -> None:
    four, five = (estimate(tiny, load_board(f"raspberry-pi-{n}"))[50] for n in (4, 5))
    assert sum(four.to_here) / sum(five.to_here) == pytest.approx(82.7 / 16.9, rel=0.01)


def test_a_board_that_is_measured_is_not_estimated(tiny: Bundle) -> None:
    with pytest.raises(EstimateError, match="no cost model"):
        estimate(tiny, load_board("host"))


def test_every_figure_of_every_board_has_a_source_that_can_be_looked_up() -> None:
    for name in board_names():
        board = load_board(name)
        figures = [getattr(board.cost, field) for field in Cost.model_fields] if board.cost else []
        figures.append(board.limits.parameter_cache_bytes)
        sources = [each.source for each in figures if each is not None]
        assert all("http" in s or "arXiv" in s or "USB 2.0" in s or "PCIe" in s for s in sources)
        limited = board.limits.trip_celsius or board.limits.clock_hz or board.limits.memory_bytes
        assert bool(limited) == bool(board.limits.sources)
