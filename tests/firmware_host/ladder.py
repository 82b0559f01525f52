"""A ladder for tests: what each rung saves costs more than what the rung above it saved."""

from __future__ import annotations

from firmware_host.governor import Limits, Rung

LADDER = (
    Rung("full", 1.0, 6.0, 12.0),
    Rung("wer+0.2", 0.8, 6.2, 9.0),
    Rung("wer+1", 0.65, 7.0, 7.0),
    Rung("wer+3", 0.5, 9.0, 5.0),
    Rung("least", 0.35, 14.0, 3.0),
)
LEAST = len(LADDER) - 1
LIMITS = Limits(ceiling=68.0)
