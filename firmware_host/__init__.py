"""The host's side of a device: it is found, flashed, run under a governor, and watched.

`governor` picks the operating point from heat, battery and load, `simulation` shows beforehand
what it would do, `state` reads a device's state, and `links` are the ways to talk to it.
"""
