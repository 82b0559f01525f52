"""How much of what an exit reads occurs in the text that its encoder learnt from."""

import numpy as np
import pytest

from edge.errors import ScoreError
from edge.scores import UNSEEN_NGRAMS
from edge.step import Step
from tests.edge.reached import FACTS, Written, spelling


def test_text_that_was_seen_is_sure_and_other_text_is_not() -> None:
    # As if learnt from ab and abc: of dab, what ends at its d, its a and its b is new.
    told = [step.score(UNSEEN_NGRAMS) for step in spelling("ab", "abc", "dab", "cd", "")]
    assert told[:2] == [0, 0]
    assert told[2] >= 0.5
    assert told[3] == told[4] == 1


def test_what_does_not_know_its_text_says_so() -> None:
    logits = np.zeros((1, 2), np.float32)
    inputs = np.zeros((1, 1, 1), np.float32)
    step = Step(2, 1, inputs, inputs, Written(logits), FACTS)
    with pytest.raises(ScoreError, match="does not know the text"):
        step.score(UNSEEN_NGRAMS)
