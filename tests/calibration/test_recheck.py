"""A promise is tested on other speech; neither answer is given wrongly more than δ of the time."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.bootstrap import Bootstrap
from calibration.recheck import Recheck, recheck
from edge.calibration import Guarantee

PROMISE = Guarantee(epsilon=1.0, delta=0.1, utterances=500, most_counted=10)
FEW = 50
"""Resamples: the interval decides nothing."""


def on_speech(rng: np.random.Generator, utterances: int, lost: float) -> Recheck:
    """Draw utterances of 10 words, of which leaving early loses `lost` points on average."""
    full = rng.binomial(10, 0.3, utterances).astype(float)
    worse = rng.random(utterances) < 0.05 + lost / 10
    better = rng.random(utterances) < 0.05
    words = np.full(utterances, 10)
    errors = np.maximum(0, full + worse) - better
    return recheck(errors, full, words, PROMISE, Bootstrap(np.array(["a"] * utterances), FEW))


@pytest.mark.parametrize(
    ("utterances", "lost", "answer"),
    [(3_000, -0.5, "holds"), (3_000, 4.0, "broken"), (40, 1.0, "cannot be told")],
)
def test_the_answer_is_what_is_true_or_none(utterances, lost, answer):
    rng = np.random.default_rng(0)
    answers = [on_speech(rng, utterances, lost).answer for _ in range(20)]
    assert answers.count(answer) >= 18


@pytest.mark.parametrize("lost", [1.0 - 1e-9, 1.0 + 1e-9], ids=["just kept", "just broken"])
def test_at_the_limit_a_wrong_answer_is_as_rare_as_promised(lost):
    rng = np.random.default_rng(1)
    answers = [on_speech(rng, 400, lost).answer for _ in range(300)]
    # 0.1 of 300 is 30; three standard deviations of that are 16.
    assert answers.count("holds") <= 30 + 16
    assert answers.count("broken") <= 30 + 16


def test_no_difference_from_full_depth_holds_once_there_are_enough():
    words, none = np.full(2_000, 10), np.zeros(2_000)
    few = recheck(none[:20], none[:20], words[:20], PROMISE, Bootstrap(words[:20].astype(str), FEW))
    many = recheck(none, none, words, PROMISE, Bootstrap(words.astype(str), FEW))
    assert (few.answer, many.answer) == ("cannot be told", "holds")
    assert few.sentence == "cannot be told"


def test_a_broken_promise_says_by_how_much_and_what_to_do():
    found = on_speech(np.random.default_rng(0), 3_000, 4.0)
    assert found.lost.low < found.lost.value < found.lost.high
    assert found.sentence.startswith(f"broken: on this speech it loses {found.lost.value:.2f}")
    assert found.sentence.endswith("; calibrate on such speech")


def test_one_utterance_that_is_all_wrong_breaks_nothing():
    words, full = np.full(100, 10), np.zeros(100)
    errors = full.copy()
    errors[0] = 1_000.0
    found = recheck(errors, full, words, PROMISE, Bootstrap(words.astype(str), FEW))
    assert found.answer == "cannot be told"
    assert found.lost.value == pytest.approx(100 * 10 / 1_000)
