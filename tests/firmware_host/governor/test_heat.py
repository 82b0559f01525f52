"""What the governor learns of a device's heat."""

from __future__ import annotations

import math

import pytest

from firmware_host.governor.battery import Drain
from firmware_host.governor.heat import Heat


def heated(gain: float, settling: float, seconds: int = 1800) -> tuple[Heat, float]:
    """Return what was learnt of a device that works and rests in turn, and its temperature."""
    heat, celsius = Heat(), 30.0
    for at in range(seconds):
        load = 1.0 if at // 100 % 2 else 0.3
        celsius += gain * load - (celsius - 30.0) / settling
        heat = heat.seen(round(celsius, 1), float(at), load)
    return heat, celsius


@pytest.mark.parametrize("gain", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("settling", [60.0, 150.0, 400.0])
def test_the_gain_is_found_in_the_trace(gain, settling):
    heat, celsius = heated(gain, settling)
    assert heat.gain == pytest.approx(gain, rel=0.25)
    assert heat.celsius == pytest.approx(celsius, abs=1.0)


def test_it_foresees_where_a_load_leads():
    heat, celsius = heated(0.2, 150.0)
    exact = celsius
    for _ in range(60):
        exact += 0.2 * 0.3 - (exact - 30.0) / 150
    assert heat.expected(0.3, 60.0) == pytest.approx(exact, abs=1.0)
    assert heat.expected(1.0, 60.0) > heat.expected(0.3, 60.0)


def test_a_gap_begins_anew_and_never_goes_back_in_time():
    heat, _ = heated(0.2, 150.0)
    later = heat.seen(70.0, 5000.0, 1.0)
    assert (later.celsius, later.slope, later.first) == (70.0, 0.0, 5000.0)
    assert later.gain == heat.gain
    assert heat.seen(70.0, 1000.0, 1.0).celsius == 70.0


def test_a_battery_that_falls_as_planned_may_go_on_as_it_is():
    drain = Drain()
    for at in range(0, 7200, 10):
        drain = drain.seen(math.ceil(80 - at / 360), float(at), 0.5, charging=False)
    lasts = 3600 / 0.75 / 10 * 100  # 7.5 % of what is left above the reserve in each 0.75 hours
    share = drain.share(0.5, reserve=5.0, lasts=lasts)
    assert share is not None
    now = 80 - 7190 / 360
    exact = (1 / 360) / ((now - 5) / (lasts * 0.8 - 7190))
    assert share == pytest.approx(exact, rel=0.03)
    deeper = drain.share(1.0, reserve=5.0, lasts=lasts)
    assert deeper is not None
    assert deeper > share


def test_at_the_charger_nothing_drains():
    drain = Drain().seen(50, 0.0, 1.0, charging=False).seen(49, 60.0, 1.0, charging=True)
    assert drain == Drain()
