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


class LinkError(EedgeError):
    """A device cannot be reached, or what was asked of it over its link failed."""


class LinkLostError(LinkError):
    """The link broke; what was under way may have been done or not."""


class LinkTimeoutError(LinkError):
    """A device did not answer in time."""


class AgentRefusedError(EedgeError):
    """A device was asked for what it cannot do, and says why."""


class FlashError(EedgeError):
    """A bundle cannot be put on a device; the device runs what it ran before."""


class NotFlashableError(FlashError):
    """An agent answers, but it is none that can be flashed."""


class NoAgentError(FlashError):
    """There is a device, but no agent starts on it."""


class OtherBoardError(FlashError):
    """A device is another board than was meant, or than the bundle is for."""


class NotCalibratedError(FlashError):
    """A bundle has no operating points for the board."""


class UnsignedError(FlashError):
    """A device takes only what is signed, and the bundle is not."""


class NoRoomError(FlashError):
    """A bundle is larger than what is free on the device."""


class FlashInterruptedError(FlashError):
    """The link stays broken; what was sent is kept."""


class FlashToolError(FlashError):
    """The flasher of a Dev Board Micro's SDK has failed; it may be called again."""


class NoMicroError(FlashToolError):
    """No Dev Board Micro is seen, or not in the state that is needed."""


class ButtonError(FlashToolError):
    """A Dev Board Micro has to be put into its boot ROM by hand."""


class RightsError(FlashToolError):
    """A device may not be opened by this user."""


class SdkError(FlashToolError):
    """The SDK, or what was built with it, is not complete."""


class SeveralMicrosError(FlashToolError):
    """Several boards are attached, and none was named."""

    status: ClassVar[int] = 2
