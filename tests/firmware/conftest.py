"""The firmware, built once: the core of it called from Python, and agents that can be flashed."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.bundle import Bundle
from tests.firmware.flashing import Asked, Line, Process
from tests.firmware.side_by_side import find_runtime
from tests.flashable import make_bundle
from tests.sharing import made_once

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"

SANITIZED = ("-DSANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug")

Build = Callable[..., Path]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build the firmware with CMake's options given, once for all who test at the same time."""

    def build(
        name: str, *options: str, needs: tuple[str, ...] = ("cc",), target: str = "all"
    ) -> Path:
        for tool in ("cmake", *needs):
            if shutil.which(tool) is None:
                pytest.skip(f"there is no {tool}: the firmware cannot be built")

        def make(folder: Path) -> None:
            # A build folder names itself in its files, and this one will be moved.
            _run("cmake", "-S", FIRMWARE, "-B", folder / "build", *options)
            _run("cmake", "--build", folder / "build", "--parallel", "2", "--target", target)

        return made_once(tmp_path_factory, f"firmware-{name}", make) / "build"

    return build


@pytest.fixture(scope="session")
def core(built: Build) -> ctypes.CDLL:
    """The core as a shared library."""
    folder = built("core", target="eedge_core_shared") / "core"
    return ctypes.CDLL(str(folder / "libeedge_core_shared.so"))


@pytest.fixture(scope="session")
def mps2(built: Build) -> Path:
    """The program for the Cortex-M7 that QEMU emulates."""
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("there is no qemu-system-arm: no Cortex-M is emulated")
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={FIRMWARE}/cmake/cortex-m7.cmake"
    return built("mps2", toolchain, needs=("arm-none-eabi-gcc",)) / "ports/mps2/eedge-mps2.elf"


@pytest.fixture(scope="session")
def runtime() -> Path:
    """LiteRT's C library."""
    library = find_runtime()
    if library is None:
        pytest.skip("the wheel of LiteRT that is installed has no libLiteRt.so")
    return library


@pytest.fixture(scope="module")
def line(built: Build, runtime: Path) -> Line:
    """The command line of an agent in C for its slots; a wrong access to memory ends it."""
    program = built("sanitized", *SANITIZED) / "agent" / "eedge-agent"
    return lambda slots: [str(program), "--slots", str(slots), "--runtime", str(runtime)]


@pytest.fixture
def slots(tmp_path: Path) -> Path:
    """The folder on the device."""
    return tmp_path / "slots"


@pytest.fixture
def asked(line: Line, slots: Path) -> Iterator[Asked]:
    stream = Process(line(slots))
    yield Asked(stream)
    stream.close()


@pytest.fixture
def bundles(tmp_path: Path) -> list[Bundle]:
    """Three that share four of their files."""
    return [make_bundle(tmp_path / f"{seed}.eedge", seed, size=20_000) for seed in range(3)]


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
