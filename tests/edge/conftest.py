"""What tests of the runtime share."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.audio import Samples
from edge.bundle import Bundle


@pytest.fixture(scope="session")
def tiny(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["dynamic-int8"])


@pytest.fixture(scope="session")
def tiny_float(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["float32"])


@pytest.fixture
def copy(tiny: Bundle, tmp_path: Path) -> Path:
    """A tiny bundle that a test may damage."""
    return Path(shutil.copytree(tiny.path, tmp_path / "copy.eedge"))


@pytest.fixture
def babble() -> Samples:
    """Two seconds of sound that changes all the time: f32[32000]."""
    generator = np.random.default_rng(7)
    seconds = np.arange(32_000) / 16_000
    hertz, vibrato = np.array([[220.0], [700.0], [1_800.0]]), np.array([[3.0], [2.3], [4.1]])
    tones = np.sin(2 * np.pi * hertz * seconds + 3 * np.sin(2 * np.pi * vibrato * seconds))
    loudness = 0.04 + 0.04 * np.sin(2 * np.pi * 2.7 * seconds)
    sound = loudness * tones.sum(axis=0) + 0.002 * generator.standard_normal(32_000)
    samples: Samples = sound.astype(np.float32)
    return samples
