"""What a bundle remembers of its calibration speech."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.calibrate import calibrate
from calibration.drift import at_exit, references
from edge.rules import FixedRule, Rule, ThresholdRule
from tests.calibration.tables import make_table


@pytest.fixture
def table():
    generator = np.random.default_rng(0)
    entropy = np.sort(generator.random((200, 3)), axis=1)[:, ::-1]
    errors = (entropy > 0.8).astype(np.int64)
    return make_table(errors, words=[5] * 200, entropy=entropy, exits=[2, 4, 6])


def test_every_score_that_decides_is_described_at_every_exit(table):
    rules: list[Rule] = [
        FixedRule(exit=6),
        ThresholdRule(score="entropy_nats", threshold=0.5),
        ThresholdRule(score="entropy_nats", threshold=0.6, exits=(2, 4)),
    ]
    (reference,) = references(table, rules)
    assert reference.score == "entropy_nats"
    assert list(reference.exits) == [2, 4, 6]
    for column, known in enumerate(reference.exits.values()):
        assert known.mean == pytest.approx(table.score("entropy_nats")[:, column].mean())
        assert known.cost_s == pytest.approx(table.cost[:, column].mean())


def test_entropy_is_described_even_if_no_point_goes_by_it(table):
    (reference,) = references(table, [FixedRule(exit=6)])
    assert reference.score == "entropy_nats"


def test_a_calibration_keeps_what_it_was_fitted_on(table):
    fitted = calibrate(table)
    assert fitted.references == references(table, [point.rule for point in fitted.fitted])
    assert fitted.references


def test_it_is_small(table):
    (reference,) = references(table, [ThresholdRule(score="entropy_nats", threshold=0.5)])
    assert len(reference.model_dump_json()) < 2_000


def test_equal_scores_make_fewer_bins():
    known = at_exit(np.array([0.0] * 90 + [1.0] * 10), 0.1)
    assert known.edges == (0.0, 1.0)
    assert known.counts == (90, 10, 0)
