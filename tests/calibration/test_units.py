"""DAISY's point: θ from the mean entropy of units, and the exits that its strategies allow."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.errors import TableError
from calibration.replay import replay
from calibration.table import ExitTable
from calibration.units import allowed_exits, calibrate_units, fit_as_stated, fit_units
from edge.rules import ThresholdRule
from edge.scores import UNIT_ENTROPY
from tests.calibration.tables import make_table

# Four utterances at exits 1, 2, 3 and 4; the mean of all is 2.
ENTROPIES = [
    [2.0, 1.4, 1.0, 0.6],
    [2.4, 1.9, 1.5, 1.2],
    [3.0, 2.6, 1.9, 1.5],
    [3.4, 2.9, 2.5, 2.2],
]


def table(entropies: list[list[float]] = ENTROPIES) -> ExitTable:
    made = make_table(errors=np.ones((4, 4)), words=[4] * 4, entropy=entropies)
    return replace(made, scores={UNIT_ENTROPY: np.array(entropies)})


@pytest.mark.parametrize(
    ("strategy", "allowed"),
    [
        # θ = 0.76 · 2 = 1.52: left at 2, 3, 4 and (never sure) 4; their mean is 3.25.
        ("average", (3, 4)),
        ("min-max", (2, 3, 4)),
        ("probability", (2, 3, 4)),
    ],
)
def test_the_point_by_hand(strategy, allowed) -> None:
    fit = fit_units(table(), 0.76, strategy)
    assert fit.mean_entropy == pytest.approx(2.0)
    assert fit.threshold == pytest.approx(1.52)
    assert fit.taken == (2, 3, 4, 4)
    assert fit.allowed == allowed
    rule = fit.points[1].rule
    assert isinstance(rule, ThresholdRule)
    assert (rule.score, rule.exits) == (UNIT_ENTROPY, allowed)
    left = [exit if exit in allowed else min(allowed) for exit in (2, 3, 4, 4)]
    assert replay(table(), rule).depth.tolist() == left


@pytest.mark.parametrize(
    ("taken", "strategy", "allowed"),
    [
        ((3, 4), "average", (3, 4)),
        ((3, 3, 3), "average", (3,)),
        ((1, 4, 4, 4), "min-max", (1, 2, 3, 4)),
        # One of five is 0.2, and more than that is asked for.
        ((1, 2, 2, 3, 3), "probability", (2, 3)),
        # The set is empty: full depth.
        ((1, 2, 3, 4, 5), "probability", (12,)),
    ],
)
def test_allowed_exits_by_hand(taken, strategy, allowed) -> None:
    exits = (1, 2, 3, 4, 5, 12) if 5 in taken else (1, 2, 3, 4)
    assert allowed_exits(taken, exits, strategy) == allowed


def test_an_utterance_leaves_alike_whoever_is_beside_it() -> None:
    whole = table()
    rule = fit_units(whole, 0.76, "min-max").points[1].rule
    together = replay(whole, rule).depth
    for row in range(len(whole)):
        alone = whole.where(np.arange(len(whole)) == row)
        assert replay(alone, rule).depth[0] == together[row]


def test_figures_are_of_the_speech_that_was_not_fitted_on() -> None:
    cal, test = table(), table([[0.1] * 4] * 4)
    found = calibrate_units(fit_units(cal, 0.76, "min-max"), cal, test)
    assert [point.name for point, _ in found.kept] == ["full", "units"]
    assert found.rows[1][1].summary.depth.value == 2
    assert found.fields()["points"]


def test_text_is_paid_for_only_where_it_is_read() -> None:
    made = replace(
        table(),
        cost_branch=np.full((4, 4), 0.5),
        score_cost={UNIT_ENTROPY: np.full((4, 4), 0.1)},
    )
    rule = fit_units(made, 0.76, "min-max").points[1].rule
    # A block costs 1, and the first exit that is looked at is 2.
    assert replay(made, rule).cost.tolist() == pytest.approx([2.6, 3.7, 4.8, 4.8])


def test_a_report_fits_as_the_calibration_says_it_was() -> None:
    fit = fit_units(table(), 0.76, "min-max")
    assert fit_as_stated(table(), fit.fields()) == fit
    assert fit_as_stated(table(), None) is None
    with pytest.raises(TableError, match="not known how units were fitted"):
        fit_as_stated(table(), {**fit.fields(), "strategy": "guess"})


def test_an_encoder_without_units_is_refused() -> None:
    plain = make_table(errors=np.ones((4, 2)), words=[4] * 4, entropy=np.ones((4, 2)))
    with pytest.raises(TableError, match="no branches for units"):
        fit_units(plain, 0.76, "average")
