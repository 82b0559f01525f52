"""Errors in a text: what it takes to turn what was recognised into what was said."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein


def word_errors(reference: str, hypothesis: str) -> int:
    """Return the fewest substitutions, insertions and deletions of words."""
    return Levenshtein.distance(reference.split(), hypothesis.split())


def character_errors(reference: str, hypothesis: str) -> int:
    """Return the fewest substitutions, insertions and deletions of characters, spaces included."""
    return Levenshtein.distance(spaced(reference), spaced(hypothesis))


def spaced(text: str) -> str:
    """Return `text` with one space between words and none around them."""
    return " ".join(text.split())
