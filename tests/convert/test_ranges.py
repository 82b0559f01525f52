"""Ranges lose least, and are those of real frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convert.ranges import count, least_error


def error(values: np.ndarray, low: float, high: float) -> float:
    step = (high - low) / 255
    levels = np.clip(np.round((values - low) / step), 0, 255)
    return float(np.square(low + levels * step - values).mean())


def whole(values: np.ndarray) -> tuple[float, float]:
    return min(float(values.min()), 0.0), max(float(values.max()), 0.0)


def test_a_few_large_values_are_cut_off_for_finer_steps() -> None:
    values = np.random.default_rng(1).laplace(0, 1, 100_000).astype(np.float32)
    seen = float(values.min()), float(values.max())
    low, high = least_error(count([values], seen), seen)
    assert seen[0] < low < 0 < high < seen[1]
    assert error(values, low, high) < 0.95 * error(values, *whole(values))


@given(st.integers(0, 1000), st.sampled_from(["normal", "uniform", "exponential"]))
def test_no_range_is_worse_than_the_whole(seed: int, kind: str) -> None:
    values = getattr(np.random.default_rng(seed), kind)(size=2000).astype(np.float32)
    seen = float(values.min()), float(values.max())
    low, high = least_error(count([values], seen), seen)
    assert low <= 0 <= high
    assert error(values, low, high) <= 1.05 * error(values, *whole(values))


def test_all_that_is_counted_is_counted_once() -> None:
    values = np.linspace(-1, 3, 1001, dtype=np.float32)
    assert count([values[:400], values[400:]], (-1.0, 3.0)).sum() == 1001


@pytest.mark.parametrize("each", [2, 24])
def test_samples_of_a_bucket_are_those_that_run_in_it_short_and_long(each: int) -> None:
    torch = pytest.importorskip("torch", reason="conversion needs eedge[convert]")
    from convert.trace import spread_samples
    from training.conformer import ConformerConfig, EarlyExitConformer

    config = ConformerConfig(n_mels=8, channels=2, dim=8, heads=2, ff_dim=8, blocks=1, exits=(1,))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = EarlyExitConformer(config, 5).eval()
    rng = np.random.default_rng(2)
    features = [rng.normal(0, 1, (4 * n, 8)).astype(np.float32) for n in (3, 11, 5, 9, 20, 8)]
    samples = spread_samples(model, features, (4, 10, 30), each)
    lengths = {bucket: [trace.frames for trace in traces] for bucket, traces in samples.items()}
    expected = {4: [3], 10: [5, 8, 9], 30: [11, 20]} if each == 24 else {4: [3], 10: [5, 8]}
    assert lengths == ({**expected, 30: [11, 20]})
    for hidden in samples[30][0].hidden:
        np.testing.assert_array_equal(hidden[:, 11:22], hidden[:, :11])
