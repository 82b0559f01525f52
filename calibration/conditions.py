"""What figures were measured on and with; without that a number is worth nothing."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

from pydantic import JsonValue

_INTERPRETERS = ("ai-edge-litert", "tflite-runtime", "tensorflow")
_PACKAGES = ("eedge", *_INTERPRETERS, "kaldi-native-fbank", "numpy")
_CPU_INFO = Path("/proc/cpuinfo")
_CPU_KEYS = ("model name", "Model")
"""What x86 and ARM boards call their name there."""


@dataclass(frozen=True)
class Machine:
    """A machine at a time, and the threads it was asked for."""

    cpu: str
    cpus: int
    threads: int
    system: str
    versions: dict[str, str]
    date: str

    @classmethod
    def here(cls, threads: int) -> Self:
        """Describe this machine, now."""
        return cls(
            cpu=cpu_model(),
            cpus=os.cpu_count() or 1,
            threads=threads,
            system=f"{platform.system()} {platform.machine()}",
            versions={"python": platform.python_version(), **_versions()},
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @property
    def summary(self) -> str:
        """What matters most for a time, in one line."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        used = [f"{name} {self.versions[name]}" for name in _INTERPRETERS if name in self.versions]
        return " · ".join([self.cpu, threads, *used[:1], self.date[:10]])

    def fields(self) -> dict[str, JsonValue]:
        """Return everything for JSON."""
        return asdict(self)


def cpu_model() -> str:
    """Return the processor's name, as well as the system knows it."""
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    pairs = (line.partition(":") for line in lines)
    known = {key.strip(): value.strip() for key, _, value in pairs}
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
