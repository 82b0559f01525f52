"""Measure an exit table: what every exit says of every utterance of a list, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from calibration.run_through import Estimates, Runner, RunThrough
from calibration.speech import Speech
from calibration.table import ExitTable, Ints
from calibration.wer import character_errors, spaced, word_errors
from edge.bundle import Bundle
from edge.corpus import Utterance
from edge.errors import CorpusError

REPEATS = 3

OnProgress = Callable[[int, int], None]


def measure(
    bundle: Bundle,
    speech: Speech,
    split: str,
    threads: int = 1,
    repeats: int = REPEATS,
    on_progress: OnProgress = lambda done, total: None,
    estimates: Estimates | None = None,
) -> ExitTable:
    """Run `bundle` on `speech` and return the table of all its exits.

    Args:
        bundle: what to run.
        speech: sounds and what is said in them.
        split: goes into the table.
        threads: of the interpreter.
        repeats: how often each is run, of which the median counts.
        on_progress: called with (done, total).
        estimates: what each length takes on another board; scores and texts are then from here,
            and all times from there.

    Raises:
        CorpusError: an utterance is silent although it has a text.
        AudioError: a sound cannot be read.
    """
    utterances = speech.utterances
    runner = Runner(bundle, threads, repeats, estimates)
    runs = []
    for done, utterance in enumerate(utterances, start=1):
        run = runner.run(utterance.audio)
        if run is None:
            raise CorpusError(
                f"{utterance.audio} is silent, but its text is '{utterance.text}'",
                "leave it out of the list, or record it again",
            )
        runs.append(run)
        on_progress(done, len(utterances))
    return ExitTable(
        exits=np.array(bundle.exits),
        utterance=np.array(speech.names),
        corpus=np.array([utterance.corpus for utterance in utterances]),
        split=np.array([split] * len(utterances)),
        words=np.array([len(utterance.text.split()) for utterance in utterances]),
        characters=np.array([len(spaced(utterance.text)) for utterance in utterances]),
        duration_s=np.array([run.duration_s for run in runs]),
        errors=_count(word_errors, utterances, runs),
        char_errors=_count(character_errors, utterances, runs),
        cost_blocks=np.stack([run.cost_blocks for run in runs]),
        cost_branch=np.stack([run.cost_branch for run in runs]),
        scores={name: np.stack([run.scores[name] for run in runs]) for name in runs[0].scores},
        score_cost={
            name: np.stack([run.score_cost[name] for run in runs]) for name in runs[0].score_cost
        },
        text=np.array([run.texts for run in runs]),
    )


def _count(
    errors: Callable[[str, str], int], utterances: Sequence[Utterance], runs: Sequence[RunThrough]
) -> Ints:
    pairs = zip(utterances, runs, strict=True)
    return np.array([[errors(said.text, text) for text in run.texts] for said, run in pairs])
