"""What scores, signs and policies read: an exit that was reached, as `edge.step.Step`."""

from __future__ import annotations

from typing import Protocol

from edge.facts import Facts
from edge.ngrams import SeenNgrams
from edge.posteriors import Ints, LogProbs, Probs


class Scored(Protocol):
    """An exit as a policy sees it."""

    @property
    def exit(self) -> int:
        """Blocks run so far."""
        ...

    @property
    def previous(self) -> Scored | None:
        """The encoder's exit before this one, whether or not anybody looked at it."""
        ...

    def score(self, name: str) -> float:
        """Compute a score or a sign; runs the branch if that was not done yet."""
        ...


class Reading(Scored, Protocol):
    """An exit as a score sees it. Frames that are padding are not among its T frames."""

    @property
    def previous(self) -> Reading | None:
        """The encoder's exit before this one."""
        ...

    @property
    def log_probs(self) -> LogProbs:
        """f32[T, V], natural logarithms, blank included."""
        ...

    @property
    def probs(self) -> Probs:
        """f32[T, V]: their exponentials, which are distributions."""
        ...

    @property
    def unit_log_probs(self) -> LogProbs:
        """f32[T, units], natural logarithms; raises `ScoreError` if no branch names units."""
        ...

    @property
    def unit_probs(self) -> Probs:
        """f32[T, units]: their exponentials; errors as in `unit_log_probs`."""
        ...

    @property
    def likeliest(self) -> Ints:
        """int[T]: the likeliest symbol of each frame."""
        ...

    @property
    def symbols(self) -> tuple[int, ...]:
        """The symbols that greedy decoding reads, without blanks."""
        ...

    @property
    def ngrams(self) -> SeenNgrams:
        """Those of the text that the encoder learnt from; raises `ScoreError` if not known."""
        ...

    @property
    def facts(self) -> Facts:
        """What is known of the utterance."""
        ...
