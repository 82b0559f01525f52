"""Failures of conversion that a user can cause."""

from boards.errors import EedgeError


class ConversionError(EedgeError):
    """A checkpoint cannot be converted as asked."""
