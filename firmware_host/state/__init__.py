"""What state a device is in: heat, battery, throttling, read by whatever way leads there.

`source` reads files and runs commands, here or over a link; `sysfs`, `dumpsys` and `vcgencmd` know
what those say, `slowdown` infers heat where nothing says it, and `reader` puts a board's together.
What cannot be read or believed is a fault, never a number.
"""

from firmware_host.state.reader import Snapshot, StateReader
from firmware_host.state.sample import Battery, Fault, Temperature
from firmware_host.state.slowdown import Slowdown
from firmware_host.state.source import LocalSource, Source

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
