"""Signs: plain numbers about an exit that are no criterion, but that a learnt score reads."""

from __future__ import annotations

from collections.abc import Callable

from edge.errors import ScoreError
from edge.scores.reading import Reading
from edge.tokens import BLANK


def blank_share(reading: Reading) -> float:
    """Share of the frames whose likeliest symbol is blank."""
    return float((reading.likeliest == BLANK).mean())


def symbols(reading: Reading) -> float:
    """How many symbols greedy decoding puts out."""
    return float(len(reading.symbols))


def symbols_per_s(reading: Reading) -> float:
    """How many symbols greedy decoding puts out in a second."""
    return len(reading.symbols) / reading.facts.duration_s


def sound_s(reading: Reading) -> float:
    """Seconds of sound that the encoder was given, without padding."""
    return reading.facts.duration_s


def level(reading: Reading) -> float:
    """Mean level of the sound, in dBFS.

    Raises:
        ScoreError: the encoder was given features alone.
    """
    if reading.facts.level is None:
        raise ScoreError(
            "the level of the sound is not known: its features do not tell",
            "pass level=edge.facts.level(samples) to Encoder.exits",
        )
    return reading.facts.level


def level_spread(reading: Reading) -> float:
    """How far loud frames are above quiet ones, in nats: a crude signal-to-noise ratio."""
    return reading.facts.level_spread


SIGNS: dict[str, Callable[[Reading], float]] = {
    sign.__name__: sign
    for sign in (blank_share, symbols, symbols_per_s, sound_s, level, level_spread)
}
"""All signs by name; none is the name of a score."""
