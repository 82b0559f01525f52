"""Greedy CTC decoding."""

from __future__ import annotations

import numpy as np
import pytest

from edge.decode import greedy
from edge.tokens import Tokens

TOKENS = Tokens(["<blk>", "▁", "a", "b"])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([2, 2, 3], "ab"),
        ([2, 0, 2], "aa"),
        ([0, 0, 0], ""),
        ([], ""),
        ([1, 2, 1, 1, 3, 1], "a b"),
        ([0, 3, 3, 0, 0, 3, 1], "bb"),
    ],
)
def test_repeats_collapse_and_blanks_part_them(path, text):
    log_probs = np.full((len(path), 4), -5.0, np.float32)
    log_probs[np.arange(len(path)), path] = -0.1
    assert greedy(log_probs, TOKENS) == text
