"""How much of the machine others use while something is measured."""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_WAITING = ("idle", "iowait")
_FIELDS = ("user", "nice", "system", *_WAITING, "irq", "softirq", "steal")
"""The first columns of `/proc/stat`, in clock ticks, over all cores; see proc(5)."""


class Others:
    """Counts, from the moment it is made, the work that is neither ours nor our children's."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._work = _all_work_s() - _own_work_s()

    def cores(self) -> float:
        """How many cores others have used on average; what a hypervisor took away counts.

        Children of ours count as others until they have ended.
        """
        work = _all_work_s() - _own_work_s() - self._work
        return max(0.0, work / (time.perf_counter() - self._begin))


def _all_work_s() -> float:
    columns = _STAT.read_text().splitlines()[0].split()[1:]
    ticks = dict(zip(_FIELDS, map(int, columns), strict=False))
    return sum(ticks[name] for name in _FIELDS if name not in _WAITING) / os.sysconf("SC_CLK_TCK")


def _own_work_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
