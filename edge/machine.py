"""What figures are measured on and with: the processor's name, and what is installed."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_CPU_KEYS = ("model name", "Model")
"""What x86 and ARM boards call their name there."""


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


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those `packages` that are installed, in their order."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
