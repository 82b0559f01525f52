"""What heat is worth: depth that is spent now is missed later, when the device is at its ceiling.

A device that would settle above its ceiling at full depth comes to hold it, there, by less depth.
What a unit of load is worth then, in WER, is the ladder's slope at the load that holds it. Heat
that is put in earlier leaks away until then, and costs as much less: by exp(−rate · time left).
This is Pontryagin's principle for one heat capacity and a convex ladder: the best rung at any time
is that of least WER + price · load.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_host.governor.heat import Heat
from firmware_host.governor.ladder import Rung


def hull(rungs: Sequence[Rung]) -> tuple[int, ...]:
    """Return the rungs on the lower convex hull of WER over load, from the deepest on."""
    kept: list[int] = []
    for at, rung in enumerate(rungs):
        while len(kept) > 1 and _worth(rungs[kept[-2]], rungs[kept[-1]]) >= _worth(
            rungs[kept[-1]], rung
        ):
            kept.pop()
        kept.append(at)
    return tuple(kept)


def worth_running(
    heat: Heat, rungs: Sequence[Rung], kept: Sequence[int], demand: float, aim: float
) -> int:
    """Return the rung of least WER + price · load, for a device that must not pass `aim` (°C).

    `kept` is the ladder's hull; `demand` the share of the time that full depth would compute.
    """
    settled = [heat.settled(min(demand * rungs[rung].load, 1.0)) for rung in kept]
    holding = 0.0
    for place in range(1, len(kept)):
        if settled[place - 1] > aim:
            holding = _worth(rungs[kept[place - 1]], rungs[kept[place]])
    for place in range(len(kept) - 1):
        way, above = settled[place] - heat.celsius, settled[place] - aim
        # exp(−rate · time left) of a way that leads above: the share of it that will be left.
        price = holding * min(above / way, 1.0) if above > 0 and way > 0 else 0.0
        if above > 0 and way <= above:
            price = holding
        if price <= _worth(rungs[kept[place]], rungs[kept[place + 1]]):
            return kept[place]
    return kept[-1]


def _worth(deeper: Rung, other: Rung) -> float:
    """Return the WER that is lost for each unit of load saved."""
    return (other.wer - deeper.wer) / (deeper.load - other.load)
