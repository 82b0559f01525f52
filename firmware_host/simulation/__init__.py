"""What a governor would do, before a device is driven by it.

`device` is a device made of a heat capacity, a battery and a sensor; `scenarios` are days that it
may have, `trace` is one that was recorded; `controllers` are those that are compared, with `oracle`
knowing the future; `compare` runs them all and `plot` draws them.
"""
