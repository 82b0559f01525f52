"""The whole benchmark, from two folders to a report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from convert.bench.child import OnProgress
from convert.bench.conditions import Machine, this_machine
from convert.bench.deciding import deciding_s
from convert.bench.engines.engine import Load
from convert.bench.engines.features import load_features
from convert.bench.lineup import line_up, points
from convert.bench.memory import peak_memory
from convert.bench.others import Others
from convert.bench.pair import Pair, open_pair
from convert.bench.report import (
    FULL,
    PYTORCH,
    Conditions,
    Report,
    Row,
    Saving,
    agreement,
    make_rows,
    ratios,
    savings,
)
from convert.bench.timing import METHOD, Turn, time_engines
from convert.bench.workload import Workload, choose
from edge.inputs import prepare

Stage = Callable[[str], AbstractContextManager[OnProgress]]
"""Announces a part of the work by its name, and yields what its progress is reported to."""

_FEATURES = "log-mel"
_TOO_DIFFERENT = 0.5
"""Share of PyTorch's texts below which a bundle can hardly be of the same weights."""

_DISTURBING = 0.1
"""Cores in use by others; with two threads and one core taken, times are a multiple."""


@dataclass(frozen=True)
class Plan:
    """What to measure: `data` is a list of utterances, `work` a folder to keep exports in.

    An `untrained` encoder says nothing: that engines' texts differ is then no news.
    """

    bundle: Path
    checkpoint: Path
    data: Path
    utterances: int = 40
    rounds: int = 11
    threads: tuple[int, ...] = (1, 2)
    work: Path | None = None
    untrained: bool = False


def bench(plan: Plan, stage: Stage, note: Callable[[str], None]) -> Report:
    """Time the bundle beside other ways to run its encoder, and weigh their memory.

    Args:
        plan: what to measure.
        stage: is told what is being done.
        note: is told what the reader of the figures must know, as soon as it is known; the
            report holds it as well.

    Raises:
        BundleError, CheckpointError, CorpusError, AudioError, CalibrationError: an input cannot
            be used.
        BenchError: bundle and checkpoint do not belong together, or no utterance fits.
        ConversionError: the encoder cannot be exported as one file.
    """
    machine = this_machine()
    pair = open_pair(plan.bundle, plan.checkpoint)
    workload = choose(plan.data, plan.utterances, pair.bundle.manifest)
    notes = _Notes(note)
    if machine.is_busy:
        notes.add(
            f"the machine is busy (load {machine.load:g} on {machine.cores} cores): "
            "times and ratios of this run mean nothing"
        )
    with kept(plan.work) as folder:
        deciding = {
            point.name: deciding_s(point, pair.bundle.exits) for point in points(pair.bundle)
        }
        with stage("exporting the encoder for the other engines") as on_progress:
            loads = line_up(pair, workload, folder, notes.add, on_progress)
        turns: dict[str, list[Turn]] = {}
        saved: dict[str, Saving] = {}
        rows: list[Row] = []
        busy: dict[int, float] = {}
        for threads in plan.threads:
            others = Others()
            turns = _times(plan, loads, pair, workload, threads, stage)
            busy[threads] = round(others.cores(), 2)
            if busy[threads] > _DISTURBING:
                notes.add(
                    f"others used {busy[threads]:g} cores while timing with {_counted(threads)}"
                )
            features = turns.pop(_FEATURES)
            peaks = _peaks(loads, pair, workload, threads, stage)
            rows += make_rows(turns, features, peaks, workload.seconds, threads, deciding)
            if threads == min(plan.threads):
                saved = savings(turns)
    compared = agreement(turns)
    for one in () if plan.untrained else compared:
        if one.engines == (PYTORCH, FULL) and one.share < _TOO_DIFFERENT:
            notes.add(
                f"only {one.same} of {len(workload.sounds)} texts are PyTorch's: "
                "was the bundle made from this checkpoint?"
            )
    return Report(
        conditions=_conditions(plan, machine, busy, pair, workload),
        rows=tuple(rows),
        ratios=ratios(rows),
        savings=saved,
        agreement=compared,
        notes=tuple(notes.all),
    )


class _Notes:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self.all: list[str] = []
        self._tell = tell

    def add(self, text: str) -> None:
        self.all.append(text)
        self._tell(text)


@contextmanager
def kept(work: Path | None) -> Iterator[Path]:
    """Yield the folder to keep exports in; without one, one that is gone afterwards."""
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="eedge-bench-") as temporary:
        yield Path(temporary)


def _times(
    plan: Plan,
    loads: dict[str, Load],
    pair: Pair,
    workload: Workload,
    threads: int,
    stage: Stage,
) -> dict[str, list[Turn]]:
    features = partial(load_features, partial(prepare, settings=pair.config.features))
    with stage(f"timing with {_counted(threads)}") as on_progress:
        return time_engines(
            {**loads, _FEATURES: features},
            workload.sounds,
            pair.config.features.sample_rate,
            plan.rounds,
            threads,
            on_progress,
        )


def _peaks(
    loads: dict[str, Load], pair: Pair, workload: Workload, threads: int, stage: Stage
) -> dict[str, float]:
    sample_rate = pair.config.features.sample_rate
    peaks = {}
    with stage(f"measuring memory with {_counted(threads)}") as on_progress:
        for done, (name, load) in enumerate(loads.items(), start=1):
            peaks[name] = peak_memory(load, workload.sounds, sample_rate, threads)
            on_progress(done, len(loads))
    return peaks


def _counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def _conditions(
    plan: Plan, machine: Machine, others: dict[int, float], pair: Pair, workload: Workload
) -> Conditions:
    return Conditions(
        machine=machine,
        others=others,
        bundle=plan.bundle.name,
        identity=pair.bundle.identity,
        recipe=pair.bundle.manifest.recipe,
        checkpoint=pair.config.name,
        data=plan.data.name,
        utterances=len(workload.sounds),
        seconds=round(workload.seconds, 2),
        rounds=plan.rounds,
        method=METHOD,
    )
