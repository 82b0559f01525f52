"""What `eedge explain` and `eedge convert` show of a microcontroller's flash and memory."""

from __future__ import annotations

from pathlib import Path

from boards.board import load_board
from edge.budget import budget_of
from eedge.fits import Fitting, budget_fields, show
from tests.flashable import make_bundle

MICRO = load_board("coral-dev-board-micro")


def test_an_arena_that_is_not_measured_has_no_figure_and_a_way_to_get_one(tmp_path: Path) -> None:
    budget = budget_of(make_bundle(tmp_path / "x.eedge"), MICRO, None)
    assert budget is not None
    text = show(Fitting(None, budget, (), {}))
    assert "The arena is not measured" in text
    assert "pip install 'eedge[micro]'" in text
    assert "arena not known not measured" in " ".join(text.split())
    assert "fits as far as is known" in text
    memory = budget_fields(budget)["memory"]
    assert isinstance(memory, dict)
    assert memory["complete"] is False


def test_what_is_too_much_is_said_in_bytes(tmp_path: Path) -> None:
    budget = budget_of(make_bundle(tmp_path / "x.eedge"), MICRO, None, 1 << 27)
    assert budget is not None
    text = show(Fitting(None, budget, (), {}))
    assert f"does not fit: {budget.storage.excess:,} too many" in text
