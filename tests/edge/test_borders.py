"""Crossing a border loses what its scale cannot hold, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.borders import is_known, quantised, real
from edge.library import IoTensor


def border(dtype: type = np.int8, scale: float = 0.05, zero: int = -3) -> IoTensor:
    return {"name": "x", "index": 0, "dtype": dtype, "quantization": (scale, zero)}


@given(st.floats(1e-6, 1e3), st.integers(-128, 127))
def test_integers_go_to_f32_and_back_unchanged(scale: float, zero: int) -> None:
    integers = np.arange(-128, 128).astype(np.int8)
    between = border(scale=scale, zero=zero)
    np.testing.assert_array_equal(quantised(real(integers, between), between), integers)


def test_what_is_out_of_range_becomes_the_end_of_the_range() -> None:
    given = np.array([-100.0, 0.0, 0.05, 100.0], np.float32)
    np.testing.assert_array_equal(quantised(given, border()), [-128, -3, -2, 127])
    unsigned = border(np.uint8, zero=0)
    np.testing.assert_array_equal(quantised(given, unsigned), [0, 0, 1, 255])


def test_floats_pass_as_they_are() -> None:
    values = np.array([0.1, -7.0], np.float32)
    between = border(np.float32, 0.0, 0)
    assert quantised(values, between) is values
    assert real(values, between) is values


@pytest.mark.parametrize(
    ("dtype", "known"), [(np.float32, True), (np.int8, True), (np.uint8, True), (np.int16, False)]
)
def test_only_floats_and_eight_bits_are_known(dtype: type, known: bool) -> None:
    assert is_known(border(dtype)) == known
