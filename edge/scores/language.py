"""How much what an exit reads looks like language: like the text that its encoder learnt from."""

from __future__ import annotations

from edge.scores.reading import Reading


def unseen_ngrams(reading: Reading) -> float:
    """Share of the text's n-grams that the text it learnt from does not have (`edge.ngrams`).

    It tells what no probability does: a shallow exit may be quite sure of what is no word. Ranges
    from 0 (sure) to 1, which it also is where there is no symbol.

    Raises:
        ScoreError: the bundle does not know any text.
    """
    return reading.ngrams.unseen(reading.symbols)
