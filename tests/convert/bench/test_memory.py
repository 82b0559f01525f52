"""Peak memory of an engine in a process of its own."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from convert.bench.engines.engine import Inside
from convert.bench.memory import peak_memory
from edge.audio import Samples
from tests.convert.bench.sounds import RATE, write_manifest

MEGABYTE = 1_000_000


class Hoarder:
    """Needs some memory while it works, and gives it back."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes

    def transcribe(self, samples: Samples) -> str:
        np.ones(self.megabytes * MEGABYTE, np.uint8)
        return ""

    def inside(self) -> Inside | None:
        return None


def load(megabytes: int, threads: int) -> Hoarder:
    return Hoarder(megabytes)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [write_manifest(tmp_path_factory.mktemp("sounds"), [0.5]).with_name("00.wav")]


@pytest.mark.slow
def test_it_is_the_most_that_was_needed_at_any_time(sounds: list[Path]) -> None:
    little = peak_memory(partial(load, 1), sounds, RATE, 1)
    much = peak_memory(partial(load, 201), sounds, RATE, 1)
    assert much - little == pytest.approx(200, abs=5)


@pytest.mark.slow
def test_what_the_calling_process_holds_does_not_count(sounds: list[Path]) -> None:
    before = peak_memory(partial(load, 1), sounds, RATE, 1)
    held = np.ones(300 * MEGABYTE, np.uint8)
    assert peak_memory(partial(load, 1), sounds, RATE, 1) == pytest.approx(before, abs=5)
    assert held.all()
