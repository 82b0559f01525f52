"""Lists of noises and rooms, and labelled speech as it sounds in them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import soundfile
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from calibration.noise import add_noise, reverberate, stretch
from calibration.speech import Speech
from edge import audio
from edge.audio import Samples
from edge.errors import AudioError, CorpusError

TEST = "test"
"""The split whose noises are heard in tests; those of others may have been trained on."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    audio: Path = Field(alias="audio_filepath")
    split: str = ""


@dataclass(frozen=True, eq=False)
class Sounds:
    """Noises, or impulse responses of rooms: their names, and f32[n] of each."""

    path: Path
    names: tuple[str, ...]
    samples: tuple[Samples, ...]

    @classmethod
    def read(cls, path: Path, sample_rate: int) -> Self:
        """Read a JSONL manifest with `audio_filepath`, and the sounds that it names, into memory.

        Where its rows have a `split`, those of split `test` are read and no others. They come
        sorted by name, so that the order of the rows decides nothing.

        Raises:
            CorpusError: the manifest is missing or malformed, or names no sound to test with.
            AudioError: a sound cannot be read, or is silent.
        """
        rows = _rows(path)
        if any(row.split for row in rows):
            rows = [row for row in rows if row.split == TEST]
        if not rows:
            raise CorpusError(
                f"{path}: names no sound to test with",
                f"where rows have a 'split', that of some must be '{TEST}'",
            )
        names = sorted({str(row.audio) for row in rows})
        samples = tuple(audio.read(path.parent / name, sample_rate) for name in names)
        for name, sound in zip(names, samples, strict=True):
            if not sound.any():
                raise AudioError(f"{path.parent / name}: is silent", "leave it out of the list")
        return cls(path, tuple(names), samples)

    def conditions(self) -> dict[str, JsonValue]:
        """Return what is known of the list, to stand beside figures that were found with it."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return {"list": self.path.name, "sha256": digest, "sounds": len(self.names)}


def _rows(path: Path) -> list[_Row]:
    if not path.is_file():
        raise CorpusError(f"{path}: no such manifest", "give a JSONL file with audio_filepath")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: is not UTF-8 text ({error.reason})") from error
    return [_row(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _row(path: Path, number: int, line: str) -> _Row:
    try:
        return _Row.model_validate(json.loads(line))
    except (ValueError, RecursionError) as error:
        reason = "not JSON"
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            reason = f"{'.'.join(map(str, first['loc'])) or 'the line'}: {first['msg']}"
        raise CorpusError(
            f"{path}, line {number}: {reason}",
            'each line is an object such as {"audio_filepath": "rain.flac", "split": "test"}',
        ) from error


@dataclass(frozen=True)
class Surroundings:
    """What speech is heard in: noise at an SNR (dB, ∞ for none), or a room."""

    snr_db: float = math.inf
    room: bool = False

    @property
    def name(self) -> str:
        """What it is called in tables."""
        if self.room:
            return "rooms"
        return "clean" if math.isinf(self.snr_db) else f"{self.snr_db:g} dB"


class Mixer:
    """Puts speech into noise or rooms, by a seed and the utterance's name alone.

    So an utterance sounds the same whichever others are run, and in whatever order; and at
    each SNR it has the same stretch of the same noise, only louder.
    """

    def __init__(self, noises: Sounds | None, rooms: Sounds | None, seed: int, rate: int) -> None:
        self._noises = noises
        self._rooms = rooms
        self._seed = seed
        self._rate = rate

    def mix(self, samples: Samples, name: str, around: Surroundings) -> tuple[Samples, str]:
        """Return f32[n] as it sounds there, and the name of the room, if there is one.

        Raises:
            ValueError: `around` asks for noise or a room, and there is no list of such.
        """
        digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
        rng = np.random.default_rng([self._seed, digest])
        room = ""
        if around.room:
            chosen, room = _draw(self._rooms, rng)
            samples = reverberate(samples, chosen)
        if not math.isinf(around.snr_db):
            chosen, _ = _draw(self._noises, rng)
            noise = stretch(chosen, len(samples), rng)
            samples = add_noise(samples, noise, around.snr_db, self._rate)
        return samples, room

    def write(self, speech: Speech, around: Surroundings, folder: Path) -> tuple[Speech, list[str]]:
        """Write a list of speech as it sounds there; return it with the room of each utterance.

        The files are float WAV, so that nothing is lost. Clean speech is left where it is.

        Raises:
            AudioError: a sound of the list cannot be read.
        """
        if around == Surroundings():
            return speech, [""] * len(speech.utterances)
        utterances, rooms = [], []
        for index, (name, said) in enumerate(zip(speech.names, speech.utterances, strict=True)):
            heard, room = self.mix(audio.read(said.audio, self._rate), name, around)
            path = folder / f"{index}.wav"
            soundfile.write(path, heard, self._rate, subtype="FLOAT")
            utterances.append(said.model_copy(update={"audio": path}))
            rooms.append(room)
        return replace(speech, utterances=tuple(utterances)), rooms


def _draw(sounds: Sounds | None, rng: np.random.Generator) -> tuple[Samples, str]:
    if sounds is None:
        raise ValueError("there is no list to draw a sound from")
    index = int(rng.integers(len(sounds.names)))
    return sounds.samples[index], sounds.names[index]


def drawn(speech: Speech, limit: int | None, seed: int) -> Speech:
    """Return `limit` utterances of a list, drawn at random, or all if there are no more."""
    count = len(speech.utterances)
    if limit is None or limit >= count:
        return speech
    kept = np.sort(np.random.default_rng(seed).permutation(count)[:limit])
    return replace(speech, utterances=tuple(speech.utterances[index] for index in kept))


def surroundings(snrs: Sequence[float], rooms: bool) -> list[Surroundings]:
    """Return clean speech, each SNR from the highest down, and the rooms if there are any."""
    return [
        Surroundings(),
        *(Surroundings(snr_db=snr) for snr in sorted(set(snrs), reverse=True)),
        *([Surroundings(room=True)] if rooms else []),
    ]
