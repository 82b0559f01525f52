"""State as Linux tells it in files: heat and battery, in plain units, or a fault and its reason.

`source` reads files and runs commands, here or over a link; `sysfs` knows what they say; `sample`
holds what was read. What cannot be read or believed is a fault, never a number.
"""
