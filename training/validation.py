"""Word error rate of every exit on held-out speech, while training and at its end."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import JsonValue
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from edge.corpus import Utterance
from edge.decode import greedy
from edge.inputs import prepare
from edge.tokens import Tokens
from training.encoder import EarlyExitEncoder
from training.recipe import Recipe
from training.runlog import RunLog
from training.sounds import SoundStore

BATCH_S = 60.0
"""Seconds of sound measured at once."""


@dataclass(frozen=True)
class WordErrors:
    """WER in percent by exit, over all utterances and by corpus."""

    overall: dict[int, float]
    by_corpus: dict[str, dict[int, float]]

    @property
    def summary(self) -> str:
        """One line for people."""
        rates = "  ".join(f"exit {exit}: {wer:.1f}" for exit, wer in self.overall.items())
        return f"WER on dev in %  {rates}"

    def fields(self) -> dict[str, JsonValue]:
        """All figures for JSON."""
        return {
            "wer": {str(exit): wer for exit, wer in self.overall.items()},
            "corpora": {
                corpus: {str(exit): wer for exit, wer in by_exit.items()}
                for corpus, by_exit in self.by_corpus.items()
            },
        }

    def markdown(self) -> list[str]:
        """A section for a card."""
        return [
            "## Word error rate on dev, in %, by exit",
            "",
            "| corpus | " + " | ".join(str(exit) for exit in self.overall) + " |",
            "|---|" + "---|" * len(self.overall),
            *(_row(name, rates) for name, rates in self.by_corpus.items()),
            _row("all", self.overall),
            "",
            "Greedy decoding, float32, no language model.",
        ]


class Validation:
    """Holds the frames of a list of utterances and measures a model on them."""

    def __init__(
        self, utterances: list[Utterance], recipe: Recipe, tokens: Tokens, cache: Path, log: RunLog
    ) -> None:
        self.tokens, self.log = tokens, log
        sounds = SoundStore(
            [u.audio for u in utterances],
            cache,
            recipe.features.sample_rate,
            log.progress("decoding dev"),
        )
        frames = [
            prepare(sounds.samples(index), recipe.features) for index in range(len(utterances))
        ]
        order = sorted(range(len(frames)), key=lambda index: len(frames[index]))
        self.batch_frames = round(BATCH_S / recipe.features.hop_s)
        self.frames = [torch.from_numpy(frames[index]) for index in order]
        self.utterances = [utterances[index] for index in order]

    def report(self, model: EarlyExitEncoder, step: int) -> WordErrors:
        """Measure and log."""
        result = self.measure(model)
        self.log.record("dev", step=step, wer=result.overall, by_corpus=result.by_corpus)
        last = max(result.overall)
        corpora = "  ".join(f"{name} {wer[last]:.1f}" for name, wer in result.by_corpus.items())
        shown = " ".join(f"{exit}:{wer:.1f}" for exit, wer in result.overall.items())
        self.log.echo(f"dev after step {step}: WER % by exit {shown}; exit {last}: {corpora}")
        return result

    @torch.no_grad()
    def measure(self, model: EarlyExitEncoder) -> WordErrors:
        """WER of every exit by greedy decoding, in float32, each sound at its true length."""
        model.eval()
        device = next(model.parameters()).device
        errors: dict[tuple[str, int], int] = defaultdict(int)
        words: dict[str, int] = defaultdict(int)
        for batch in self._batches():
            lengths = torch.tensor([len(self.frames[index]) for index in batch], device=device)
            padded = torch.nn.utils.rnn.pad_sequence(
                [self.frames[index] for index in batch], batch_first=True
            ).to(device)
            logits, frames = model(padded, lengths)
            for row, index in enumerate(batch):
                utterance = self.utterances[index]
                reference = utterance.text.split()
                words[utterance.corpus] += len(reference)
                for exit, values in logits.items():
                    text = self._text(values[row, : int(frames[row])])
                    distance = Levenshtein.distance(reference, text.split())
                    errors[utterance.corpus, exit] += distance
        return _rates(errors, words, model.config.exits)

    def _text(self, logits: Tensor) -> str:
        return greedy(logits.float().log_softmax(-1).cpu().numpy(), self.tokens)

    def _batches(self) -> list[list[int]]:
        batches: list[list[int]] = [[]]
        for index, frames in enumerate(self.frames):
            if batches[-1] and (len(batches[-1]) + 1) * len(frames) > self.batch_frames:
                batches.append([])
            batches[-1].append(index)
        return batches


def _row(name: str, rates: dict[int, float]) -> str:
    return f"| {name} | " + " | ".join(f"{rate:.1f}" for rate in rates.values()) + " |"


def _rates(
    errors: dict[tuple[str, int], int], words: dict[str, int], exits: tuple[int, ...]
) -> WordErrors:
    total = sum(words.values())
    return WordErrors(
        overall={
            exit: 100 * sum(errors[corpus, exit] for corpus in words) / total for exit in exits
        },
        by_corpus={
            corpus: {exit: 100 * errors[corpus, exit] / count for exit in exits}
            for corpus, count in sorted(words.items())
        },
    )
