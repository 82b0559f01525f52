"""Engines in turns."""

import time
from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pytest

from convert.bench.engines.engine import Inside
from convert.bench.timing import interleave
from edge.audio import Samples

SOUNDS: list[Samples] = [np.zeros(3, np.float32), np.zeros(5, np.float32)]


class Sleeper:
    """Takes the times that it is given, one after another, and says how long its sound was."""

    def __init__(self, log: list[str], name: str, times_s: list[float]) -> None:
        self.log, self.name = log, name
        self.times_s: Iterator[float] = cycle(times_s)
        self.runs = 0

    def transcribe(self, samples: Samples) -> str:
        self.log.append(self.name)
        self.runs += 1
        time.sleep(next(self.times_s))
        return str(len(samples))

    def inside(self) -> Inside | None:
        return Inside(blocks_s=0.5 * self.runs, blocks=2 * self.runs)


def no_progress(done: int, total: int) -> None:
    pass


def test_the_turn_of_median_time_is_kept_for_each_sound() -> None:
    # The first is the round that does not count.
    sleeper = Sleeper([], "a", [0.09, 0.001, 0.03, 0.06])
    turns = interleave({"a": sleeper}, SOUNDS[:1], 3, no_progress)["a"]
    assert [turn.seconds for turn in turns] == [pytest.approx(0.03, abs=0.015)]


def test_each_turn_has_its_text_and_what_was_counted_in_it() -> None:
    turns = interleave({"a": Sleeper([], "a", [0.0])}, SOUNDS, 3, no_progress)["a"]
    assert [turn.text for turn in turns] == ["3", "5"]
    assert {turn.inside for turn in turns} == {Inside(blocks_s=0.5, blocks=2)}


def test_all_engines_take_their_turn_at_a_sound_before_the_next_one_is_begun() -> None:
    log: list[str] = []
    engines = {name: Sleeper(log, name, [0.0]) for name in "abc"}
    interleave(engines, SOUNDS, 9, no_progress)
    turns = [tuple(log[start : start + 3]) for start in range(0, len(log), 3)]
    assert len(turns) == 10 * len(SOUNDS)
    assert {frozenset(turn) for turn in turns} == {frozenset("abc")}
    assert len(set(turns)) > 1, "the order never changed"
