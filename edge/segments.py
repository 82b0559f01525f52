"""Long sound → pieces that the encoder takes, cut where nobody speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from edge.audio import Samples

_STEP_S = 0.01
"""Energy is looked at, and sound is cut, at multiples of this."""

_PAUSE_S = 0.2
"""Energy is averaged over this: longer than the closure of a stop (up to about 0.1 s), so that a
pause between words is quieter than the silence within one."""

_LAST_PART = 0.5
"""A cut lies in the last part of what would be the longest piece."""


@dataclass(frozen=True)
class Segment:
    """A piece of sound: f32[n], and where it began in the whole (s)."""

    start_s: float
    samples: Samples


def cut(chunks: Iterable[Samples], sample_rate: int, longest_s: float) -> Iterator[Segment]:
    """Cut sound at its pauses into pieces that are no longer than `longest_s` seconds.

    Sound that is short enough comes as one piece. Joined, the pieces are the input, sample by
    sample; where they are cut does not depend on how the input came in chunks. At most the
    longest piece and one chunk are held.

    Args:
        chunks: f32[m] each, of any length.
        sample_rate: of `chunks`, in Hz.
        longest_s: in seconds, at least 2 × 0.2 s.
    """
    longest = int(longest_s * sample_rate)
    if longest < 2 * _PAUSE_S * sample_rate:
        raise ValueError(f"pieces of {longest_s} s are too short to hold a pause")
    start = 0
    held = np.empty(0, np.float32)
    for chunk in chunks:
        held = np.concatenate([held, chunk])
        while len(held) > longest:
            end = _quietest(held[:longest], sample_rate)
            yield Segment(start / sample_rate, held[:end])
            start += end
            held = held[end:]
    if len(held):
        yield Segment(start / sample_rate, held)


def _quietest(samples: Samples, sample_rate: int) -> int:
    """Return the sample in the middle of the quietest stretch of the last part; ties: the last."""
    step = max(1, round(_STEP_S * sample_rate))
    width = round(_PAUSE_S / _STEP_S)
    steps = len(samples) // step
    energy = np.square(samples[: steps * step], dtype=np.float64).reshape(steps, step).sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    stretches = total[width:] - total[:-width]
    first = int(_LAST_PART * len(stretches))
    candidates = stretches[first:]
    quietest = first + len(candidates) - 1 - int(np.argmin(candidates[::-1]))
    return (quietest + width // 2) * step
