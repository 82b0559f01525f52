"""DAISY's sets of exits, by hand."""

from __future__ import annotations

import pytest

from boards.errors import UsageError
from edge.policy import Threshold
from edge.policy.allowed import average, frequent, min_max
from tests.edge.reached import chain, leaves_at

ALL = tuple(range(1, 13))
EVEN = (2, 4, 6, 8, 10, 12)


def test_average_is_the_exits_around_the_mean():
    assert average([3, 6], ALL) == (4, 5)
    assert average([3, 5], ALL) == (4,)


def test_average_takes_the_nearest_exits_where_not_every_block_has_one():
    assert average([2, 4, 8], EVEN) == (4, 6)
    assert average([12, 12], EVEN) == (12,)


def test_min_max_is_what_lies_between():
    assert min_max([8, 4, 4], EVEN) == (4, 6, 8)


def test_frequent_is_what_was_taken_more_often_than_that():
    taken = [2, 4, 4, 4, 6, 6, 8, 8, 8, 8]
    # 2 in a tenth, 4 in three tenths, 6 in two, 8 in four.
    assert frequent(taken, EVEN) == (4, 8)
    assert frequent(taken, EVEN, 0.15) == (4, 6, 8)


def test_frequent_falls_back_to_full_depth():
    assert frequent([2, 4, 6, 8, 10], EVEN) == (12,)


def test_a_set_goes_into_a_policy_that_leaves_at_its_deepest():
    policy = Threshold("entropy_nats", 0.2, average([3, 6], ALL))
    steps = list(chain(*[0.0] * 6))
    assert leaves_at(policy, steps) == 4
    assert policy.deepest == 5


@pytest.mark.parametrize("allow", [average, min_max, frequent])
def test_what_was_never_an_exit_was_not_taken(allow):
    with pytest.raises(UsageError, match="no exit 3"):
        allow([3], EVEN)
    with pytest.raises(UsageError, match="without an utterance"):
        allow([], EVEN)
