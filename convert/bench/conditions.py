"""Under what conditions figures were found; without them a number is worth nothing."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from edge.machine import cpu_model, installed_versions

_PACKAGES = (
    "eedge",
    "ai-edge-litert",
    "ai-edge-quantizer",
    "litert-torch",
    "numpy",
    "onnx",
    "onnxruntime",
    "torch",
)

_BUSY = 0.5
"""Share of the cores that may be at work for others when a measurement starts."""


class Machine(BaseModel):
    """What a measurement runs on and with; `load` is the mean over the last minute."""

    model_config = ConfigDict(frozen=True)

    date: str
    cpu: str
    cores: int
    system: str
    load: float
    python: str
    versions: dict[str, str]

    @property
    def is_busy(self) -> bool:
        """Tell whether others keep the machine at work, so that no time can be trusted."""
        return self.load > _BUSY * self.cores


def this_machine() -> Machine:
    """Describe the machine as it is now."""
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu=cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        system=platform.platform(),
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        versions=installed_versions(_PACKAGES),
    )
