"""Voices of the synthesisers espeak-ng and flite, run as programs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from boards.errors import EedgeError

SAMPLE_RATE = 16000

# American twice and more: it is the accent of most of the recorded speech.
ESPEAK_ACCENTS = (
    *("en-us",) * 5, "en-us-nyc", "en-gb", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029",
    "en-gb-x-gbclan", "en-gb-x-gbcwmd",
)  # fmt: skip
ESPEAK_VARIANTS = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4")
# The unit-selection and statistical voices sound more like people than the diphone voices.
FLITE_NAMES = ("slt", "slt", "rms", "rms", "awb", "awb", "kal16", "kal")


class SynthesisError(EedgeError):
    """A synthesiser is missing or failed."""


class Voice(Protocol):
    """A voice with its speed and pitch: a program and its arguments."""

    @property
    def program(self) -> str:
        """Name of the program, which is the name of its Debian package too."""

    @property
    def speaker(self) -> str:
        """PROGRAM:VOICE, as in the manifest."""

    def command(self, text: str, wav: Path) -> list[str]:
        """The command that speaks `text` into the file `wav`."""


@dataclass(frozen=True)
class EspeakVoice:
    """A voice of espeak-ng; `speed` in words per minute, `pitch` 0 to 99, `gap` in 10 ms."""

    name: str
    speed: int = 175
    pitch: int = 50
    gap: int = 0
    program: str = "espeak-ng"

    @classmethod
    def draw(cls, random: Random) -> EspeakVoice:
        """A voice of any accent, variant, speed and pitch."""
        return cls(
            name=random.choice(ESPEAK_ACCENTS) + random.choice(ESPEAK_VARIANTS),
            speed=random.randint(120, 200),
            pitch=random.randint(30, 70),
            gap=random.choice((0, 0, 0, 2, 5)),
        )

    @property
    def speaker(self) -> str:
        """PROGRAM:VOICE, as in the manifest."""
        return f"{self.program}:{self.name}"

    def command(self, text: str, wav: Path) -> list[str]:
        """The command that speaks `text` into the file `wav`."""
        # espeak-ng reads a capital A as the article, so its name is given as phonemes.
        words = ("[['eI]]" if word == "A" else word for word in letter_names(text))
        settings = {"-v": self.name, "-s": self.speed, "-p": self.pitch, "-g": self.gap, "-w": wav}
        options = [str(part) for pair in settings.items() for part in pair]
        return [self.program, *options, " ".join(words)]


@dataclass(frozen=True)
class FliteVoice:
    """A voice of flite; `stretch` multiplies all durations."""

    name: str
    stretch: float = 1.0
    program: str = "flite"

    @classmethod
    def draw(cls, random: Random) -> FliteVoice:
        """Any voice at any speed."""
        return cls(random.choice(FLITE_NAMES), round(random.uniform(0.85, 1.2), 2))

    @property
    def speaker(self) -> str:
        """PROGRAM:VOICE, as in the manifest."""
        return f"{self.program}:{self.name}"

    def command(self, text: str, wav: Path) -> list[str]:
        """The command that speaks `text` into the file `wav`."""
        speed = f"duration_stretch={self.stretch}"
        words = " ".join(letter_names(text))
        return [self.program, "-voice", self.name, "--setf", speed, "-t", words, "-o", str(wav)]


def draw_voice(random: Random) -> Voice:
    """A voice of either program, espeak-ng a little more often."""
    return EspeakVoice.draw(random) if random.random() < 0.55 else FliteVoice.draw(random)


def letter_names(text: str) -> list[str]:
    """Words of `text`, single letters that are spelled made capitals, so that both programs
    say their names.

    "a" and "i" count as words unless they are alone or beside another single letter.
    """
    words = text.split()
    single = [False, *(len(word) == 1 for word in words), False]
    return [
        word.upper()
        if len(word) == 1 and (word not in "ai" or before or after or len(words) == 1)
        else word
        for word, before, after in zip(words, single, single[2:], strict=False)
    ]


def require(*programs: str) -> None:
    """Check that the programs are installed."""
    for program in programs:
        if shutil.which(program) is None:
            raise SynthesisError(
                f"{program} is not installed", f"apt-get install {program} (Debian, Ubuntu)"
            )


def speak(text: str, voice: Voice) -> NDArray[np.float32]:
    """`text` in `voice`: samples at 16 kHz, about in [-1, 1].

    Raises SynthesisError if the program is missing, fails, or says nothing.
    """
    require(voice.program)
    with TemporaryDirectory(prefix="eedge-") as folder:
        wav = Path(folder) / "speech.wav"
        done = subprocess.run(voice.command(text, wav), capture_output=True, text=True)
        if done.returncode != 0 or not wav.is_file():
            raise SynthesisError(f"{voice.speaker} cannot say {text!r}: {done.stderr.strip()}")
        samples, rate = soundfile.read(wav, dtype="float32")
    if not np.any(samples):
        raise SynthesisError(f"{voice.speaker} said nothing for {text!r}")
    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), dtype=np.float32)
