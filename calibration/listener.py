"""Listen to speech in noise and in rooms, and to what is left there of a calibration's promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from calibration.bootstrap import Bootstrap
from calibration.heard import Drift, Heard
from calibration.measure import OnProgress, measure
from calibration.mixing import Mixer, Surroundings
from calibration.outcome import full_depth
from calibration.recheck import recheck
from calibration.replay import replay
from calibration.speech import Speech
from calibration.table import ExitTable
from edge.bundle import Bundle
from edge.calibration import Calibration, OperatingPoint
from edge.drift import Monitors, Watch, to_watch

REPEATS = 1
"""Depth and errors are the same each time, and of the times only the sum is shown."""


class Listener:
    """Runs speech in any surroundings to every exit, and replays one operating point on it.

    Args:
        bundle: what to run.
        calibration: of `bundle`; `point` is one of its points.
        point: what is to be looked at.
        mixer: noises and rooms.
        threads: of the interpreter.
        seed: of the order in which the drift monitor sees the utterances: in the order of a list,
            one corpus after another, every list would be drift.
    """

    def __init__(
        self,
        bundle: Bundle,
        calibration: Calibration,
        point: OperatingPoint,
        mixer: Mixer,
        threads: int = 1,
        seed: int = 0,
    ) -> None:
        self._bundle = bundle
        self._calibration = calibration
        self._point = point
        self._mixer = mixer
        self._threads = threads
        self._seed = seed

    def hear(
        self,
        speech: Speech,
        around: Surroundings,
        on_progress: OnProgress = lambda done, total: None,
    ) -> Heard:
        """Run `speech` as it sounds there; errors as `calibration.measure.measure`."""
        with TemporaryDirectory(prefix="eedge-noise-") as folder:
            heard, rooms = self._mixer.write(speech, around, Path(folder))
            table = measure(self._bundle, heard, around.name, self._threads, REPEATS, on_progress)
        table = replace(table, utterance=np.array(speech.names))
        outcome, full = replay(table, self._point.rule), full_depth(table)
        promise = None
        if guarantee := self._point.guarantee:
            bootstrap = Bootstrap(table.corpus)
            promise = recheck(outcome.errors, full.errors, table.words, guarantee, bootstrap)
        return Heard(around, rooms, table, outcome, full, self._drift(table), promise)

    def _drift(self, table: ExitTable) -> Drift | None:
        watched = self._watched()
        if not watched:
            return None
        monitors = Monitors(watched)
        scores = [table.score(watch.score)[:, table.column(watch.exit)] for watch in watched]
        drifted = False
        for row in np.random.default_rng(self._seed).permutation(len(table)):
            if drifted := monitors.seen(float(values[row]) for values in scores).drifted:
                break
        verdict, most = monitors.verdict, monitors.foremost
        after = verdict.utterances if drifted else None
        return Drift(most.score, most.exit, verdict.evidence, after)

    def _watched(self) -> Sequence[Watch]:
        """Return what the point watches when it runs, or all that can be.

        A point that goes by no score watches nothing then. Here whatever the calibration kept
        will do, at the first exit at which it is not always the same: drift is of the speech.
        """
        if own := to_watch(self._calibration, self._point.rule, self._bundle.exits):
            return own
        return [
            Watch(known.score, min(varying), varying[min(varying)])
            for known in self._calibration.references
            if (varying := {exit: at for exit, at in known.exits.items() if at.varies})
        ]
