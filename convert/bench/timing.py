"""How long each engine takes for each utterance, all of them in turns in one process."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from convert.bench.child import OnProgress, run_alone
from convert.bench.engines.engine import Engine, Inside, Load
from edge import audio
from edge.audio import Samples

METHOD = (
    "samples in memory to text; utterances in random order, engines in turns at each, in random "
    "order; per utterance the turn of median time, these summed"
)


@dataclass(frozen=True)
class Turn:
    """One utterance by one engine; `inside` is None for an engine without TFLite."""

    seconds: float
    text: str
    inside: Inside | None


def time_engines(
    loads: Mapping[str, Load],
    sounds: Sequence[Path],
    sample_rate: int,
    rounds: int,
    threads: int,
    on_progress: OnProgress | None = None,
) -> dict[str, list[Turn]]:
    """Run every engine on every sound file, `rounds` times, in one process of its own.

    A round that is not counted comes first: in it, each engine meets each length, maps files and
    plans memory.

    Returns:
        By engine, for each sound the turn of median time (of an even number, the faster one of
        the two in the middle).
    """
    work = partial(_work, dict(loads), tuple(sounds), sample_rate, rounds, threads)
    return run_alone(work, threads, on_progress)


def _work(
    loads: Mapping[str, Load],
    sounds: Sequence[Path],
    sample_rate: int,
    rounds: int,
    threads: int,
    on_progress: OnProgress,
) -> dict[str, list[Turn]]:
    samples = [audio.read(path, sample_rate) for path in sounds]
    engines = {name: load(threads) for name, load in loads.items()}
    return interleave(engines, samples, rounds, on_progress)


def interleave(
    engines: Mapping[str, Engine],
    sounds: Sequence[Samples],
    rounds: int,
    on_progress: OnProgress,
) -> dict[str, list[Turn]]:
    """Time engines that are loaded, on samples f32[n]; see `time_engines`."""
    turns: dict[str, list[list[Turn]]] = {name: [[] for _ in sounds] for name in engines}
    # In a fixed order, an engine would always find the caches as the same other one left them,
    # and meet the same length as often in a row as the list has it.
    names, indices, shuffle = list(engines), list(range(len(sounds))), random.Random(1)
    for done in range(rounds + 1):
        on_progress(done, rounds + 1)
        shuffle.shuffle(indices)
        for index in indices:
            shuffle.shuffle(names)
            for name in names:
                turn = _take(engines[name], sounds[index])
                if done > 0:
                    turns[name][index].append(turn)
    on_progress(rounds + 1, rounds + 1)
    return {name: [_median(of_sound) for of_sound in turns[name]] for name in engines}


def _take(engine: Engine, samples: Samples) -> Turn:
    before = engine.inside()
    begin = time.perf_counter()
    text = engine.transcribe(samples)
    seconds = time.perf_counter() - begin
    after = engine.inside()
    return Turn(seconds, text, _difference(before, after))


def _difference(before: Inside | None, after: Inside | None) -> Inside | None:
    return None if before is None or after is None else after - before


def _median(turns: Sequence[Turn]) -> Turn:
    return sorted(turns, key=lambda turn: turn.seconds)[(len(turns) - 1) // 2]
