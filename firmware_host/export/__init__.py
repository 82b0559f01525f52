"""A device's telemetry for others: published to a broker, or there for who comes to ask.

Both need the packages of `eedge[fleet]`.
"""

from __future__ import annotations

from typing import Protocol

from boards.errors import EedgeError
from edge.wire.messages import Telemetry

EXTRA = "pip install 'eedge[fleet]'"


class ExportError(EedgeError):
    """Telemetry cannot be handed on."""


class Export(Protocol):
    """Somewhere that telemetry goes to."""

    def take(self, telemetry: Telemetry) -> None:
        """Hand it on; a reader that is not there is no error."""
        ...

    def close(self) -> None:
        """End it."""
        ...
