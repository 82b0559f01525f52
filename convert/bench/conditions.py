"""Under what conditions figures were found; without them a number is worth nothing."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

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
_CPU_INFO = Path("/proc/cpuinfo")
_CPU_KEYS = ("model name", "Model")
"""How x86 and ARM boards call themselves there."""

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
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        system=platform.platform(),
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        versions=_versions(),
    )


def _cpu_model() -> str:
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    known = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    names = [known[key] for key in _CPU_KEYS if known.get(key)]
    return names[0] if names else platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
