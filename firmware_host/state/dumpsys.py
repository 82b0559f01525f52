"""What Android says: `dumpsys battery` and `dumpsys thermalservice`."""

from __future__ import annotations

import re

from edge.state.sample import (
    Battery,
    Fault,
    Temperature,
    battery,
    number,
    plausible_temperature,
)

BATTERY = ("dumpsys", "battery")
THERMAL = ("dumpsys", "thermalservice")

_CHARGING = {"2": True, "5": True, "3": False, "4": False}
"""BatteryManager: 1 unknown, 2 charging, 3 discharging, 4 not charging, 5 full."""
_TYPES = {0: "CPU", 1: "GPU", 2: "battery", 3: "skin", 4: "USB", 5: "power amplifier", 9: "NPU"}
"""android.os.Temperature; 6 to 8 are currents and voltages, though they stand in the same list."""
_CURRENT = "Current temperatures from HAL:"
_ENTRY = re.compile(r"Temperature\{mValue=([-\d.eE]+), mType=(-?\d+), mName=([^,]*), mStatus=(\d+)")
_STATUS = re.compile(r"^Thermal Status: (\d+)", re.MULTILINE)


def read_battery(text: str) -> Battery | Fault:
    """Return the battery, of which the temperature is in tenths of a degree."""
    pairs = (line.partition(":") for line in text.splitlines())
    said = {name.strip(): value.strip() for name, _, value in pairs}
    scale = number(said.get("scale", "100"))
    level = number(said.get("level"))
    return battery(
        100 * level / scale if scale > 0 else level,
        _CHARGING.get(said.get("status", "")),
        celsius=number(said.get("temperature")) / 10,
    )


def read_thermal(text: str) -> tuple[list[Temperature | Fault], int | None]:
    """Return the temperatures of now, and Android's own thermal status (0 none … 6 shutdown).

    Those it calls cached may be hours old and are left out, as are placeholders of 0.0.
    """
    status = _STATUS.search(text)
    current = text.partition(_CURRENT)[2].partition("\n\n")[0]
    # The next section's list begins with a heading that ends in a colon, without an indent.
    current = re.split(r"^\S[^\n]*:\s*$", current.lstrip("\n"), maxsplit=1, flags=re.MULTILINE)[0]
    found = [
        plausible_temperature(f"{_TYPES[int(kind)]} {name}".strip(), number(value))
        for value, kind, name, _ in _ENTRY.findall(current)
        if int(kind) in _TYPES and number(value) != 0.0
    ]
    return found, int(status[1]) if status else None
