"""What a governor is told, what it remembers, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_host.governor.battery import Drain
from firmware_host.governor.demand import Demand
from firmware_host.governor.heat import Heat


@dataclass(frozen=True)
class Reading:
    """A value and when it was read, in seconds of the clock that `decide` is given."""

    value: float
    at: float


@dataclass(frozen=True)
class Past:
    """What the governor remembers; it goes from each decision into the next state."""

    rung: int | None = None
    since: float = 0.0
    heat: Heat = field(default_factory=Heat)
    drain: Drain = field(default_factory=Drain)
    demand: Demand = field(default_factory=Demand)


@dataclass(frozen=True)
class State:
    """The device as it is; None is what cannot be read, and counts as bad.

    `celsius` is the hottest of its temperatures. A device that has no sensor at all says so by
    `senses_heat`, and `slowdown` (time of a computation over its time when cool) stands in.
    `battery` is in percent; a device without one says so by `on_battery`, and `charging` is then
    of no concern. `busy` is the share of the time spent computing since the last state, `queue`
    the utterances that wait. They wait for nobody if they are not `live`, as files are not.
    """

    past: Past
    celsius: Reading | None = None
    battery: Reading | None = None
    charging: bool | None = None
    busy: float | None = None
    queue: int | None = None
    slowdown: Reading | None = None
    senses_heat: bool = True
    on_battery: bool = True
    live: bool = True


@dataclass(frozen=True)
class Decision:
    """The rung to run the next utterance at (0 is the deepest), and what asked for it."""

    rung: int
    point: str
    why: str
    past: Past
