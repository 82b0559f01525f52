"""What can go wrong between host and device and is not a bug."""

from __future__ import annotations

from typing import ClassVar

from boards.errors import EedgeError


class TraceError(EedgeError):
    """A recording of a device's state cannot be read, or says too little."""


class LadderError(EedgeError):
    """A calibration has no operating points to choose among."""


class UnknownScenarioError(EedgeError):
    """No scenario has that name."""

    status: ClassVar[int] = 2
