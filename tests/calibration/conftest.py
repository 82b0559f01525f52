"""A bundle and speech to measure: small, and real."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from calibration.speech import Speech
from edge.bundle import Bundle
from tests.calibration.sounds import write_manifest

# How long an example takes says more of the machine that day than of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def tiny(tiny_paths: dict[str, Path]) -> Bundle:
    """Four blocks, exits after 1, 2 and 4, random weights; up to two seconds at once."""
    return Bundle.open(tiny_paths["dynamic-int8"])


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """Twelve sounds of two corpora, 0.3 to 3.6 s: the last ones are run in pieces."""
    folder = tmp_path_factory.mktemp("speech")
    return Speech.read(write_manifest(folder / "cal.jsonl", [0.3 * n for n in range(1, 13)]))


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    """A manifest whose second sound is silent."""
    return write_manifest(tmp_path / "silence.jsonl", [0.5, 0.5], silent={1})
