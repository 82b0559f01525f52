"""Peak memory of an engine that is alone in its process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from convert.bench.child import OnProgress, run_alone
from convert.bench.engines.engine import Load
from edge import audio

_STATUS = Path("/proc/self/status")


def peak_memory(load: Load, sounds: Sequence[Path], sample_rate: int, threads: int) -> float:
    """Megabytes (10^6 bytes) that a process needs to load an engine and recognise sound files.

    They are all of its resident memory, Python, libraries and mapped files included.
    """
    return run_alone(partial(_work, load, tuple(sounds), sample_rate, threads), threads)


def _work(
    load: Load,
    sounds: Sequence[Path],
    sample_rate: int,
    threads: int,
    on_progress: OnProgress,
) -> float:
    engine = load(threads)
    for done, path in enumerate(sounds, start=1):
        engine.transcribe(audio.read(path, sample_rate))
        on_progress(done, len(sounds))
    return _high_water_mark() / 1e6


def _high_water_mark() -> int:
    """Bytes of resident memory at most so far.

    `getrusage` would not do: its ru_maxrss starts at what the parent held when it forked, and
    exec does not reset it.
    """
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
