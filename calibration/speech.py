"""Lists of utterances that one measures on."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import JsonValue

from edge.corpus import Utterance, read_manifest
from edge.errors import CorpusError


@dataclass(frozen=True)
class Speech:
    """Utterances, and the manifest or folder that they were read from."""

    path: Path
    utterances: tuple[Utterance, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest; CorpusError as `read_manifest`, or if it names a sound twice."""
        speech = cls(path, tuple(read_manifest(path)))
        for audio, count in Counter(speech.sounds).items():
            if count > 1:
                raise CorpusError(f"{path}: names {audio} {count} times", "name each sound once")
        return speech

    @property
    def name(self) -> str:
        """Short name of the list: that of its file without the ending."""
        return self.path.stem if self.path.is_file() else self.path.name

    @property
    def names(self) -> list[str]:
        """Return the utterances' names: their paths, relative to the list where below it."""
        root = self.path.parent if self.path.is_file() else self.path
        sounds = (utterance.audio for utterance in self.utterances)
        return [
            str(sound.relative_to(root) if sound.is_relative_to(root) else sound)
            for sound in sounds
        ]

    @property
    def sounds(self) -> list[Path]:
        """The files, each by the one path that it has."""
        return [utterance.audio.resolve() for utterance in self.utterances]

    def conditions(self) -> dict[str, JsonValue]:
        """Return what is known of the list, to stand beside figures that were found on it."""
        is_file = self.path.is_file()
        return {
            "list": self.path.name,
            "sha256": hashlib.sha256(self.path.read_bytes()).hexdigest() if is_file else None,
            "utterances": len(self.utterances),
            "words": sum(len(utterance.text.split()) for utterance in self.utterances),
            "hours": round(sum(utterance.duration for utterance in self.utterances) / 3_600, 3),
        }


def refuse_overlap(fitted: Speech, tested: Speech) -> None:
    """Raise CorpusError if a sound is in both: figures from it would flatter the fit."""
    both = set(fitted.sounds) & set(tested.sounds)
    if both:
        raise CorpusError(
            f"{len(both)} sounds of {tested.path} are in {fitted.path} too, such as {min(both)}",
            "test on speech that nothing was fitted on",
        )
