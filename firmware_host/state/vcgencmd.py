"""What a Raspberry Pi's firmware says: `vcgencmd get_throttled`.

The clock that Linux shows is wrong while the firmware throttles; these bits are not.
https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
"""

from __future__ import annotations

import re

COMMAND = ("vcgencmd", "get_throttled")

_BITS = {
    0: "under-voltage",
    1: "clock limited",
    2: "throttled",
    3: "near its temperature limit",
}
_SINCE_BOOT = 16
"""Bits from here on say the same of any time since it was switched on."""
_ANSWER = re.compile(r"throttled=0x([0-9a-fA-F]{1,8})\s*")


def read_throttled(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what holds now and what has held since boot, or None if that is no answer."""
    answer = _ANSWER.fullmatch(text)
    if answer is None:
        return None
    bits = int(answer[1], 16)
    now = tuple(name for bit, name in _BITS.items() if bits >> bit & 1)
    since = tuple(name for bit, name in _BITS.items() if bits >> (bit + _SINCE_BOOT) & 1)
    return now, since
