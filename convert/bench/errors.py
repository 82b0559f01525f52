"""Failures of a benchmark that a user can cause."""

from boards.errors import EedgeError


class BenchError(EedgeError):
    """There is nothing to compare, or not on equal terms."""
