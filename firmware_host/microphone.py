"""What is said into this machine's microphone, one utterance after another."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from boards.errors import EedgeError
from edge.audio import Samples

BLOCK_S = 0.03
"""Seconds of sound that are looked at together."""
_LOUDER = 8.0
"""Times the energy of the quiet (9 dB) that speech has at least."""
_RISES = 1.01
"""Of the quiet's estimate, for each block: a room that has become louder is quiet after seconds."""
_PAUSE_S = 0.6
"""Seconds of quiet that end an utterance."""
_BEFORE_S = 0.3
"""Seconds that are kept from before it was loud: words begin softly."""
_LEAST_S = 0.2
"""Seconds of speech that make an utterance: a click is none."""


class MicrophoneError(EedgeError):
    """There is no microphone, or it cannot be listened to."""


@dataclass
class Utterances:
    """Cuts sound that goes on for ever where somebody stops speaking.

    Args:
        sample_rate: in Hz.
        longest_s: where an utterance is cut even if it goes on, in seconds.
    """

    sample_rate: int
    longest_s: float
    _quiet: float = np.inf
    _held: deque[Samples] = field(default_factory=deque)
    _speaks: bool = False
    _loud: int = 0
    _silent: int = 0

    def take(self, block: Samples) -> Samples | None:
        """Take f32[n] of `BLOCK_S` seconds; return an utterance if that has ended it."""
        energy = float(np.mean(np.square(block, dtype=np.float64))) + 1e-10
        loud = energy > _LOUDER * self._quiet
        self._quiet = min(energy, self._quiet * _RISES)
        self._held.append(block)
        self._loud += loud
        self._silent = 0 if loud else self._silent + 1
        if not self._speaks:
            self._speaks = loud
            while not loud and len(self._held) > _BEFORE_S / BLOCK_S:
                self._held.popleft()
            return None
        long = (len(self._held) + 1) * BLOCK_S >= self.longest_s
        if self._silent * BLOCK_S < _PAUSE_S and not long:
            return None
        said = np.concatenate(self._held) if self._loud * BLOCK_S >= _LEAST_S else None
        self._held.clear()
        self._speaks, self._loud = False, 0
        return said


@contextmanager
def listening(sample_rate: int) -> Iterator[queue.Queue[Samples]]:
    """Record from the default microphone; blocks of `BLOCK_S` come through the queue.

    Raises:
        MicrophoneError: sounddevice is not installed, or finds no microphone.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: PortAudio itself is missing
        raise MicrophoneError(
            f"the microphone needs the package 'sounddevice': {error}",
            "pip install 'eedge[microphone]'",
            "sudo apt-get install libportaudio2",
        ) from error
    blocks: queue.Queue[Samples] = queue.Queue()

    def take(recorded: Samples, frames: int, time: object, status: object) -> None:
        blocks.put(recorded[:, 0].copy())

    try:
        with sounddevice.InputStream(
            samplerate=sample_rate,
            blocksize=round(BLOCK_S * sample_rate),
            channels=1,
            dtype="float32",
            callback=take,
        ):
            yield blocks
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(
            f"the microphone cannot be listened to: {error}",
            "see which there are: python -m sounddevice",
        ) from error
