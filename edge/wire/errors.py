"""What can be wrong with a message."""

from __future__ import annotations

from boards.errors import EedgeError


class WireError(EedgeError):
    """A message cannot be sent as it is, or what came is none."""
