"""Figures of quality and the gates on them, on hand-made numbers."""

import numpy as np
import pytest

from boards.errors import GateError
from convert.quality import ExitQuality, Flips, Gate, PartQuality, Quality, _Noise, count_flips


def quality(chained_db: float, flips: float) -> Quality:
    part = PartQuality(alone_db=50.0, chained_db=chained_db)
    exit = ExitQuality(same_text=1.0, word_difference=0.0, log_prob_difference=0.1)
    return Quality(
        data="x",
        utterances=1,
        frontend=part,
        blocks={1: PartQuality(alone_db=1.0, chained_db=1.0), 2: part},
        exits={2: exit},
        flips=Flips(quantiles=(0.5,), thresholds=(0.1,), shares=(flips,)),
    )


def test_sqnr_is_signal_over_noise_in_db() -> None:
    noise = _Noise()
    noise.add(np.full((2, 5), 2.0, np.float32), np.full((2, 5), 1.98, np.float32))
    assert noise.db == pytest.approx(40.0, abs=0.02)


def test_a_gate_looks_at_the_last_block() -> None:
    Gate(min_sqnr_db=25.0).check(quality(25.0, 1.0))
    with pytest.raises(GateError, match=r"block 2 is 24\.0 dB"):
        Gate(min_sqnr_db=25.0).check(quality(24.0, 0.0))


def test_a_gate_limits_flips() -> None:
    Gate(max_flips=0.05).check(quality(0.0, 0.05))
    with pytest.raises(GateError, match=r"6\.0% of the exits flip"):
        Gate(max_flips=0.05).check(quality(0.0, 0.06))


def test_a_flip_is_another_exit_at_the_same_threshold() -> None:
    unsure, sure = [0.9, 0.5, 0.1], [0.1, 0.1, 0.1]
    same = count_flips([(unsure, unsure), (sure, sure)])
    assert same.shares == (0.0,) * 5
    moved = count_flips([(unsure, unsure), (unsure, sure)])
    # Thresholds at or above 0.9 take the first exit either way; below, the second row differs.
    assert max(moved.shares) == 0.5
