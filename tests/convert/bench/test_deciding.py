"""A decision is timed where it is dearest, for every kind of policy."""

import pytest

from convert.bench.deciding import deciding_s
from edge.calibration import OperatingPoint
from edge.rules import FixedRule, PatienceRule, Rule, ThresholdRule

EXITS = (2, 4, 6, 8)


@pytest.mark.parametrize(
    "rule",
    [
        FixedRule(exit=8),
        ThresholdRule(score="entropy_nats", threshold=0.1, exits=(4, 6, 8)),
        PatienceRule(times=2, tolerance=0.1),
    ],
)
def test_any_policy_can_be_timed(rule: Rule) -> None:
    point = OperatingPoint(name="p", rule=rule, wer=1, wer_low=1, wer_high=1, mean_exit=4, cost_s=1)
    assert 0 < deciding_s(point, EXITS) < 1e-3
