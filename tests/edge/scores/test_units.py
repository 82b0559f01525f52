"""The entropy of units: from a branch of its own, run only if it is asked for."""

import math

import numpy as np
import pytest

from edge.errors import ScoreError
from edge.policy import Threshold
from edge.scores import UNIT_ENTROPY
from edge.step import Step
from tests.edge.reached import FACTS, Written, leaves_at

TEXT = np.log(np.array([[0.9, 0.1], [0.2, 0.8]], np.float32))


def exits(*probabilities: float) -> list[Step]:
    """Exits 1, 2, 3 … whose four units have this probability, and the others share the rest."""
    steps: list[Step] = []
    inputs = np.zeros((1, 2, 1), np.float32)
    for sure in probabilities:
        rest = (1 - sure) / 3
        units = np.log(np.array([[sure, rest, rest, rest]] * 2, np.float32))
        before = steps[-1] if steps else None
        step = Step(len(steps) + 1, 2, inputs, inputs, Written(TEXT), FACTS, before, Written(units))
        steps.append(step)
    return steps


def calls(step: Step) -> tuple[int, int]:
    text, units = step._branch, step._unit_branch
    assert isinstance(text, Written)
    assert isinstance(units, Written)
    return text.calls, units.calls


def test_entropy_of_units_by_hand() -> None:
    (flat,) = exits(0.25)
    assert flat.score(UNIT_ENTROPY) == pytest.approx(math.log(4), rel=1e-5)


def test_text_is_read_only_where_units_let_it_leave() -> None:
    chain = exits(0.3, 0.6, 0.97)
    policy = Threshold(UNIT_ENTROPY, 0.3, (1, 2, 3))
    assert leaves_at(policy, chain) == 3
    assert [calls(step) for step in chain] == [(0, 1), (0, 1), (0, 0)]
    assert chain[2].symbols == (1,)
    assert calls(chain[2]) == (1, 0)


@pytest.mark.parametrize("first", ["units", "text"])
def test_either_branch_may_run_first(first: str) -> None:
    (step,) = exits(0.5)
    for _ in range(2):
        for what in (first, "text", "units"):
            if what == "units":
                step.score(UNIT_ENTROPY)
            else:
                assert step.symbols == (1,)
    assert calls(step) == (1, 1)
    assert step._hidden is None


def test_without_branches_for_units_the_score_is_refused() -> None:
    inputs = np.zeros((1, 2, 1), np.float32)
    step = Step(3, 2, inputs, inputs, Written(TEXT), FACTS)
    with pytest.raises(ScoreError, match="exit 3 names no units"):
        step.score(UNIT_ENTROPY)
    assert step.symbols == (1,)
