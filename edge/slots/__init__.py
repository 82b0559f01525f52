"""Two places for a bundle on a device: one is run, the other is written to.

`folder` has a slot's files with their hashes, `writing` a bundle on its way into a slot, `clearing`
what is deleted for it, `check` what a bundle must be before it is run, `pointer` which slot is the
current one, and `slots` all of it together. What the host says to it is in `docs/protocol.md`.
"""

from edge.slots.slots import CURRENT, PREVIOUS, WRITTEN, Slots

__all__ = ["CURRENT", "PREVIOUS", "WRITTEN", "Slots"]
