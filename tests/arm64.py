"""A 64-bit ARM that QEMU emulates, and what runs on it: the agents in Python and in C."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.firmware.conftest import FIRMWARE, Build
from tests.sharing import made_once

_AGENT_NEEDS = (
    "annotated-types", "cffi", "pycparser", "pydantic", "pydantic-core", "soundfile", "soxr",
    "typing-extensions", "typing-inspection",
)  # fmt: skip
LIBRARIES = (
    "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libstdc++.so.6",
    "libgcc_s.so.1",
)  # fmt: skip
"""What a program in C and LiteRT's library need of the emulated machine."""


@pytest.fixture(scope="session")
def arm64() -> Path:
    """The folder with the emulator (`host`), the machine (`root`) and LiteRT for it (`site`)."""
    installed = os.environ.get("EEDGE_AARCH64")
    if not installed:
        pytest.skip(
            "no emulated ARM: python -m tests.convert.lowering.aarch64 FOLDER installs one, "
            "EEDGE_AARCH64=FOLDER names it"
        )
    return Path(installed)


@pytest.fixture(scope="session")
def arm64_qemu(arm64: Path) -> Path:
    """The emulator, which needs no library of this machine."""
    return arm64 / "host" / "usr" / "bin" / "qemu-aarch64"


@pytest.fixture(scope="session")
def arm64_runtime(arm64: Path) -> Path:
    """LiteRT's C library."""
    return arm64 / "site" / "ai_edge_litert" / "libLiteRt.so"


@pytest.fixture(scope="session")
def arm64_agent(built: Build) -> Path:
    """The agent in C, cross-built."""
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={FIRMWARE / 'cmake' / 'aarch64-linux.cmake'}"
    built_for_arm = built(
        "arm64", toolchain, needs=("aarch64-linux-gnu-gcc",), target="eedge-agent"
    )
    return built_for_arm / "agent" / "eedge-agent"


@pytest.fixture(scope="session")
def arm64_python(
    arm64: Path, arm64_qemu: Path, tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> list[str]:
    """The command line of a Python that has what an agent needs."""

    def install(folder: Path) -> None:
        platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (17, 28)]
        wanted = [f"{name}=={version(name)}" for name in _AGENT_NEEDS]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)),
                *(*platforms, "--python-version=3.13", "--only-binary=:all:", "--no-deps"),
                *wanted,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no packages for an ARM: {done.stderr.strip().splitlines()[-1]}")

    more = made_once(tmp_path_factory, "arm64", install)
    root = f"{arm64}/root"
    path = f"{arm64}/site:{more}:{repository}"
    return [
        "env", f"PYTHONHOME={root}/usr", f"PYTHONPATH={path}",
        str(arm64_qemu), "-L", root, f"{root}/usr/bin/python3.13",
    ]  # fmt: skip
