"""Putting a bundle on a device, so that it always has one that is whole.

`parcel` is what is sent, `conversation` the messages of it, `checks` what is seen to before,
`delivery` which files are sent and from where, `flasher` the steps and what is done when the link
breaks, `start` how the agent at the other end comes to run, `fleet` several devices at once, and
`micro` the Dev Board Micro, which has a program of its own for it. `install` puts the agent in C on
a device, `record` is what the device keeps about it, and `probe` finds which accelerator is best.
The exchange is in `docs/protocol.md`.
"""

from firmware_host.flash.flasher import Flashed, Flasher
from firmware_host.flash.fleet import Job, work_through
from firmware_host.flash.install import install
from firmware_host.flash.parcel import Parcel
from firmware_host.flash.record import DeviceRecord, Probe
from firmware_host.flash.start import agent_line, board_of, flasher_for, known_line

__all__ = [
    "DeviceRecord",
    "Flashed",
    "Flasher",
    "Job",
    "Parcel",
    "Probe",
    "agent_line",
    "board_of",
    "flasher_for",
    "install",
    "known_line",
    "work_through",
]
