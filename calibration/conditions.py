"""What figures were measured on and with; without that a number is worth nothing."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from pydantic import JsonValue

from edge.machine import cpu_model, installed_versions

_INTERPRETERS = ("ai-edge-litert", "tflite-runtime", "tensorflow")
_PACKAGES = ("eedge", *_INTERPRETERS, "numpy")


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
            versions={"python": platform.python_version(), **installed_versions(_PACKAGES)},
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
