"""What state a device is in: heat, battery, throttling, read by whatever way leads there.

`edge.state` knows what Linux says in files, `dumpsys` and `vcgencmd` what Android and a Raspberry
Pi's firmware say, `slowdown` infers heat where nothing says it, and `reader` puts a board's
together. What cannot be read or believed is a fault, never a number.
"""

from edge.state.sample import Battery, Fault, Temperature
from edge.state.source import LocalSource, Source
from firmware_host.state.reader import Snapshot, StateReader
from firmware_host.state.slowdown import Slowdown

__all__ = [
    "Battery",
    "Fault",
    "LocalSource",
    "Slowdown",
    "Snapshot",
    "Source",
    "StateReader",
    "Temperature",
]
