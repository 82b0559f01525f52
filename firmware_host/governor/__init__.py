"""The governor: battery, temperature and load → the operating point of the next utterance.

`ladder` has what it may choose among, `state` what it is told and what it answers, `limits` what
it must keep, `heat` and `battery` foresee, and `governor` decides. Nothing here reads a clock or a
device: the same state at the same time gives the same decision.
"""

from firmware_host.governor.governor import Governor
from firmware_host.governor.ladder import Rung, ladder
from firmware_host.governor.limits import Limits
from firmware_host.governor.state import Decision, Past, State

__all__ = ["Decision", "Governor", "Limits", "Past", "Rung", "State", "ladder"]
