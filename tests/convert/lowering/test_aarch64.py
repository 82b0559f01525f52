"""By the reference kernels, int8 files put out the same integers on x86-64 and on 64-bit ARM."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
import pytest

from tests.arm64 import arm64
from tests.convert.lowering.aarch64 import emulated, here

__all__ = ["arm64"]

pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def machine(arm64: Path) -> Path:
    """Where an emulated ARM is installed."""
    if platform.machine() != "x86_64":
        pytest.skip("the machine that is compared with is an x86-64")
    return arm64


@pytest.fixture
def bundle(request: pytest.FixtureRequest) -> Path:
    """The bundle that EEDGE_AARCH64_BUNDLE names, or a tiny one."""
    named = os.environ.get("EEDGE_AARCH64_BUNDLE")
    if named:
        return Path(named)
    made: Path = request.getfixturevalue("edge_tpu")
    return made / "tiny.eedge"


def test_every_file_puts_out_the_same_integers(machine: Path, bundle: Path, tmp_path: Path) -> None:
    paths = sorted(bundle.glob("*.tflite"))
    expected, found = here(paths, tmp_path), emulated(machine, paths, tmp_path)
    assert expected.keys() == found.keys()
    assert len(expected) >= len(paths) >= 5
    for key, values in expected.items():
        assert values.dtype == np.int8
        assert len(np.unique(values)) > 4, key
        np.testing.assert_array_equal(found[key], values, err_msg=key)
