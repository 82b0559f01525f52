"""What a rule would have done with the utterances of a table."""

from __future__ import annotations

import numpy as np

from calibration.fit import at_threshold
from calibration.learnt import numbers_at, regressors
from calibration.outcome import Outcome, fixed_exit, leaving_at
from calibration.signs import read_signs
from calibration.table import ExitTable, Floats, Ints
from edge.policy import Policy
from edge.rules import FixedRule, LearntRule, Rule, ThresholdRule


def replay(table: ExitTable, rule: Rule) -> Outcome:
    """Return what a policy would have done with the utterances of `table`.

    Raises:
        TableError: the table has no such exit or score.
    """
    for exit in rule.named_exits:
        table.column(exit)
    table = table.reading(rule.named_scores)
    match rule:
        case FixedRule(exit=exit):
            return fixed_exit(table, table.column(exit))
        case ThresholdRule(score=score, threshold=threshold, exits=exits):
            return at_threshold(table, score, threshold, exits)
        case LearntRule():
            return leaving_at(table, learnt_columns(table, rule), looked=True)
    policy = rule.policy(table.exits.tolist())
    return leaving_at(table, policy_columns(table, policy), looked=True)


def learnt_columns(table: ExitTable, rule: LearntRule) -> Ints:
    """Return [U]: the column at which `rule` leaves each utterance."""
    leaves = np.zeros((len(table), len(table.exits)), dtype=np.bool_)
    leaves[:, table.column(rule.last) :] = True
    for column, regret in regrets(table, rule).items():
        leaves[:, column] = regret <= 0
    return np.asarray(np.argmax(leaves, axis=1))


def regrets(table: ExitTable, rule: LearntRule) -> dict[int, Floats]:
    """Return column → [U]: the errors that leaving there is expected to cost, less the price."""
    read = read_signs(table, rule.signs)
    found = {}
    for at in rule.exits:
        column = table.column(at.exit)
        known = regressors(numbers_at(read, column), np.array(at.mean), np.array(at.scale))
        found[column] = known @ np.array([at.bias, *at.linear, *at.square])
    return found


def policy_columns(table: ExitTable, policy: Policy) -> Ints:
    """Return [U]: the column at which any policy leaves, by asking it exit after exit."""
    return np.array([_leaves(_TableStep(table, row, 0), policy) for row in range(len(table))])


def _leaves(step: _TableStep, policy: Policy) -> int:
    while not policy.leaves(step):
        step = _TableStep(step.table, step.row, step.column + 1)
    return step.column


class _TableStep:
    """An exit of a table, as a policy sees it on a device."""

    def __init__(self, table: ExitTable, row: int, column: int) -> None:
        self.table, self.row, self.column = table, row, column

    @property
    def exit(self) -> int:
        return int(self.table.exits[self.column])

    @property
    def previous(self) -> _TableStep | None:
        return _TableStep(self.table, self.row, self.column - 1) if self.column else None

    def score(self, name: str) -> float:
        return float(self.table.score(name)[self.row, self.column])
