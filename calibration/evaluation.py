"""What a recogniser gets wrong and how long it takes, over a list of utterances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from calibration.bootstrap import Bootstrap, Estimate
from calibration.measure import OnProgress
from calibration.table import ExitTable, Floats, Texts
from calibration.wer import character_errors, spaced, word_errors
from edge.corpus import Utterance
from edge.recogniser import Recogniser


@dataclass(frozen=True)
class Figures:
    """What a number of utterances comes to. Rates are in percent, latencies in seconds."""

    wer: Estimate
    cer: Estimate
    utterances: int
    words: int
    mean_exit: float
    """Blocks run, on average."""
    latency_p50: float
    latency_p90: float
    latency_mean: float
    rtf: float
    """Time taken over the length of the sound."""

    def fields(self) -> dict[str, JsonValue]:
        """Return them for JSON, latencies in ms; a single utterance has no intervals."""
        rates: dict[str, JsonValue] = {}
        for name, rate in (("wer", self.wer), ("cer", self.cer)):
            spread = self.utterances > 1
            rates[name] = rate.value
            rates[f"{name}_low"] = rate.low if spread else None
            rates[f"{name}_high"] = rate.high if spread else None
        return {
            **rates,
            "utterances": self.utterances,
            "words": self.words,
            "mean_exit": self.mean_exit,
            "latency_ms": {
                "p50": 1e3 * self.latency_p50,
                "p90": 1e3 * self.latency_p90,
                "mean": 1e3 * self.latency_mean,
            },
            "rtf": self.rtf,
        }


@dataclass(frozen=True, eq=False)
class Evaluation:
    """U utterances, as they were recognised. All [U]."""

    corpus: Texts
    exit: Floats
    """Where it left: the deepest of its pieces if it was cut, 0 if it was silent."""
    blocks: Floats
    """Blocks run; the mean of its pieces, weighted by duration."""
    errors: Floats
    words: Floats
    char_errors: Floats
    characters: Floats
    latency_s: Floats
    duration_s: Floats

    def __len__(self) -> int:
        return len(self.corpus)

    def where(self, keep: npt.NDArray[np.bool_]) -> Evaluation:
        """Return the utterances for which `keep` (bool[U]) holds."""
        return Evaluation(*(getattr(self, field.name)[keep] for field in fields(self)))

    def figures(self) -> Figures:
        """Return what they come to."""
        bootstrap = Bootstrap(self.corpus)
        p50, p90 = np.percentile(self.latency_s, [50, 90]).tolist()
        return Figures(
            wer=bootstrap.rate(self.errors, self.words),
            cer=bootstrap.rate(self.char_errors, self.characters),
            utterances=len(self),
            words=int(self.words.sum()),
            mean_exit=float(self.blocks.mean()),
            latency_p50=p50,
            latency_p90=p90,
            latency_mean=float(self.latency_s.mean()),
            rtf=float(self.latency_s.sum() / self.duration_s.sum()),
        )

    def by_corpus(self) -> dict[str, Figures]:
        """Return the figures of each corpus."""
        return {
            str(name) or "unnamed": self.where(self.corpus == name).figures()
            for name in np.unique(self.corpus)
        }

    def by_exit(self) -> dict[int, Figures]:
        """Return the figures of those that left at each exit at which any did."""
        return {int(exit): self.where(self.exit == exit).figures() for exit in np.unique(self.exit)}


def evaluate(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    on_progress: OnProgress = lambda done, total: None,
) -> Evaluation:
    """Recognise `utterances` one after another, each no deeper than the policy goes.

    Raises:
        AudioError: a sound cannot be read.
    """
    rows = []
    for done, utterance in enumerate(utterances, start=1):
        heard = recogniser.transcribe_file(utterance.audio)
        rows.append(
            (
                heard.exit,
                heard.blocks,
                word_errors(utterance.text, heard.text),
                len(utterance.text.split()),
                character_errors(utterance.text, heard.text),
                len(spaced(utterance.text)),
                heard.latency_s,
                heard.duration_s,
            )
        )
        on_progress(done, len(utterances))
    corpus = np.array([utterance.corpus for utterance in utterances], dtype=np.str_)
    return Evaluation(corpus, *np.array(rows, dtype=np.float64).T)


def of_every_exit(table: ExitTable) -> dict[int, Evaluation]:
    """Return what always leaving at each exit of a table comes to."""
    return {int(exit): _of_exit(table, column) for column, exit in enumerate(table.exits)}


def _of_exit(table: ExitTable, column: int) -> Evaluation:
    depth = table.depth[:, column]
    return Evaluation(
        corpus=table.corpus,
        exit=depth,
        blocks=depth,
        errors=table.errors[:, column].astype(np.float64),
        words=table.words.astype(np.float64),
        char_errors=table.char_errors[:, column].astype(np.float64),
        characters=table.characters.astype(np.float64),
        latency_s=table.cost_alone[:, column],
        duration_s=table.duration_s,
    )
