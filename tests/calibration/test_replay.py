"""A table says of a policy what it does on the device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from boards.errors import UsageError
from calibration.errors import TableError
from calibration.learnt import LearntFitter, leaving, prices
from calibration.outcome import fixed_exit, full_depth
from calibration.replay import _TableStep, learnt_columns, policy_columns, replay
from calibration.table import ExitTable
from edge.learnt import LearntExit, Sign, Transform
from edge.policy import Learnt
from edge.rules import (
    AgreementRule,
    FixedRule,
    LearntRule,
    PatienceRule,
    ThresholdRule,
    WindowRule,
)
from tests.calibration.simulated import simulate
from tests.calibration.tables import make_table, tables

NAMES = ("entropy_nats", "mean_max_probability")


@st.composite
def learnt_rules(draw: st.DrawFn, exits: list[int]) -> LearntRule:
    """Draw rules of one or two signs that look at some of the exits."""
    signs = draw(st.integers(1, 2))
    transforms: st.SearchStrategy[Transform] = st.sampled_from(["none", "log", "logit"])

    def numbers(count: int, least: float = -3.0) -> tuple[float, ...]:
        return tuple(draw(st.lists(st.floats(least, 3), min_size=count, max_size=count)))

    looked_at = draw(st.sets(st.sampled_from(exits[:-1]), min_size=1))
    known = [draw(transforms) for _ in range(signs)]
    return LearntRule(
        signs=tuple(
            Sign(name=name, transform=transform, floor=draw(st.floats(1e-3, 1)))
            for name, transform in zip(NAMES, known, strict=False)
        ),
        exits=tuple(
            LearntExit(
                exit=exit,
                mean=numbers(2 * signs),
                scale=numbers(2 * signs, least=0.1),
                bias=draw(st.floats(-3, 3)),
                linear=numbers(2 * signs),
                square=numbers(signs),
            )
            for exit in sorted(looked_at)
        ),
        last=exits[-1],
        price=0.0,
    )


def not_at_the_edge(table: ExitTable, policy: Learnt, columns: list[int]) -> bool:
    """Tell whether no estimate is so near to 0 that rounding decides."""
    regrets = [
        policy.regret(_TableStep(table, row, column))
        for row in range(len(table))
        for column in columns
    ]
    return min(map(abs, regrets)) > 1e-9


@settings(max_examples=30)
@given(st.data())
def test_a_learnt_policy_leaves_on_the_device_where_the_table_says(data: st.DataObject) -> None:
    table = data.draw(tables().filter(lambda table: len(table.exits) > 1))
    rule = data.draw(learnt_rules(table.exits.tolist()))
    policy = rule.policy(table.exits.tolist())
    assert isinstance(policy, Learnt)
    assume(not_at_the_edge(table, policy, [table.column(exit.exit) for exit in rule.exits]))
    assert policy_columns(table, policy).tolist() == learnt_columns(table, rule).tolist()


def test_fitted_rules_leave_where_their_fit_says() -> None:
    table = simulate(300, seed=3)
    fitter = LearntFitter(table, ["unsureness", "sureness"])
    asked = prices(table)[::8]
    weights = fitter.weights(asked, ridge=30.0)
    fitted = leaving(fitter.columns(table), weights)
    for columns, rule in zip(fitted, fitter.rules(asked, weights), strict=True):
        # A file holds five digits: one in a thousand decisions may hang on the sixth.
        assert (learnt_columns(table, rule) == columns).mean() > 0.999
        policy = rule.policy(table.exits.tolist())
        assert policy_columns(table, policy).tolist() == learnt_columns(table, rule).tolist()


@settings(max_examples=30)
@given(st.data())
def test_a_threshold_asked_exit_after_exit_leaves_where_the_sorted_table_says(
    data: st.DataObject,
) -> None:
    table = data.draw(tables())
    score = data.draw(st.sampled_from(NAMES))
    exits = data.draw(st.none() | st.sets(st.sampled_from(table.exits.tolist()), min_size=1))
    threshold = data.draw(st.sampled_from(table.scores[score].ravel().tolist()))
    rule = ThresholdRule(
        score=score, threshold=threshold, exits=None if exits is None else tuple(sorted(exits))
    )
    asked = policy_columns(table, rule.policy(table.exits.tolist()))
    assert table.exits[asked].tolist() == replay(table, rule).depth.tolist()


@pytest.fixture
def settling() -> ExitTable:
    """Two utterances whose texts agree from exit 4, and from no exit on."""
    rates = np.array([[1, 0.5, 0.0, 0.0, 0.0], [1, 0.5, 0.4, 0.3, 0.2]])
    table = make_table([[4, 3, 2, 1, 0]] * 2, [9, 9], rates, exits=[2, 4, 6, 8, 10])
    return replace(table, scores={**table.scores, "edit_rate": rates})


def test_every_kind_of_policy_can_be_replayed(settling: ExitTable) -> None:
    assert replay(settling, AgreementRule(rate=0.0)).depth.tolist() == [6, 10]
    assert replay(settling, PatienceRule(times=2)).depth.tolist() == [8, 10]
    assert replay(settling, PatienceRule(times=2, tolerance=0.4)).depth.tolist() == [8, 8]
    window = WindowRule(
        score="entropy_nats", threshold=0.0, side=0.4, length=2, window="range", spread=0.15
    )
    assert replay(settling, window).depth.tolist() == [6, 8]


def test_a_policy_pays_for_the_scores_that_it_reads_and_a_fixed_exit_does_not() -> None:
    table = make_table([[0, 0]] * 2, [9, 9], [[0.1, 0], [0.9, 0]])
    dear = replace(table, score_cost={"entropy_nats": np.full((2, 2), 0.25)})
    # Both exits are looked at by the second utterance; a block costs 1 s.
    rule = ThresholdRule(score="entropy_nats", threshold=0.5)
    assert replay(dear, rule).cost.tolist() == [1.25, 2.5]
    other = ThresholdRule(score="mean_max_probability", threshold=0.5)
    assert replay(dear, other).cost.tolist() == [1, 1]
    assert replay(dear, FixedRule(exit=2)).cost.tolist() == [2, 2]


def test_a_fixed_exit_is_the_exit() -> None:
    table = simulate(50, seed=1)
    assert replay(table, FixedRule(exit=12)).cost.tolist() == full_depth(table).cost.tolist()
    assert replay(table, FixedRule(exit=4)).errors.tolist() == fixed_exit(table, 1).errors.tolist()


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (FixedRule(exit=3), "there is no exit 3"),
        (ThresholdRule(score="entropy_nats", threshold=1, exits=(2, 3)), "there is no exit 3"),
        (ThresholdRule(score="posterior", threshold=1), "no score 'posterior'"),
        (AgreementRule(rate=0), "no score 'edit_rate'"),
    ],
)
def test_what_the_table_does_not_have_is_named(
    rule: FixedRule | ThresholdRule | AgreementRule, says: str
) -> None:
    table = make_table([[1, 0]] * 2, [9, 9], [[0.1, 0], [0.9, 0]], exits=[1, 2])
    with pytest.raises(TableError, match=says):
        replay(table, rule)


def test_a_threshold_that_never_fires_is_refused_when_it_is_built() -> None:
    with pytest.raises(UsageError, match="never fires"):
        ThresholdRule(score="entropy_nats", threshold=-1).policy((2, 4))


def test_each_utterance_counts_alike_or_by_what_it_costs() -> None:
    # Leaving at exit 1 loses one error in 1,000 words: on the short utterances, or on the long.
    table = make_table(
        errors=[[1, 0], [0, 0]] * 40,
        words=[1_000] * 80,
        entropy=[[0.5, 0], [0.1, 0]] * 40,
        cost_blocks=[[9, 10], [0.1, 1]] * 40,
    )
    each, total = table.in_shares("each"), table.in_shares("total")
    assert each.cost[:2].tolist() == [[0.9, 1.0], [0.1, 1.0]]
    assert total.cost[:2].round(4).tolist() == [[1.6364, 1.8182], [0.0182, 0.1818]]
