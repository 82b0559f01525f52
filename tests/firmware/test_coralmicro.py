"""The port to the Dev Board Micro, against declarations of its SDK: it compiles, and lacks nothing.

Neither the SDK nor a board is here. What the SDK does with it, this cannot tell.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.firmware.conftest import FIRMWARE

pytestmark = pytest.mark.slow

PORT = FIRMWARE / "ports" / "coralmicro"
SDK = Path(__file__).with_name("coralmicro_sdk.h")
MACHINE = ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard")
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers")
OF_THE_SDK = re.compile(r"(coralmicro|tflite)::|(lwip|vTask|xTask|uxTask)\w*$|main$")
"""Its `main` starts the tasks, and then calls `app_main`."""


def listed(file: Path, part: str) -> list[str]:
    """What CMake would build of a part."""
    found = re.search(rf"set\({part}_PARTS\s([^)]*)\)", file.read_text())
    assert found is not None
    return found[1].split()


def lay_out_sdk(folder: Path) -> None:
    """Put the declarations at every header of the SDK that the port includes."""
    for source in PORT.iterdir():
        for name in re.findall(r'#include "((?:libs|third_party)/.*)"', source.read_text()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f'#include "{SDK}"\n')


def test_it_lacks_nothing_but_its_sdk(mps2: Path, tmp_path: Path) -> None:
    if not has_library():
        pytest.skip("there is no arm-none-eabi-g++ with its library")
    sources = [PORT / name for name in listed(PORT / "CMakeLists.txt", "PORT")]
    assert sorted(sources) == sorted(PORT.glob("*.c*"))
    agent = FIRMWARE / "agent"
    sources += [agent / name for name in listed(agent / "portable.cmake", "PORTABLE")]
    lay_out_sdk(tmp_path)
    folders = [f"-I{folder}" for folder in (tmp_path, PORT, FIRMWARE / "core", FIRMWARE / "agent")]
    for compiler, ending in (("gcc -std=c99", ".c"), ("g++ -std=c++17", ".cc")):
        those = [one for one in sources if one.suffix == ending]
        run(
            tmp_path, *f"arm-none-eabi-{compiler} -c -ffp-contract=off".split(), *MACHINE,
            *WARNINGS, *folders, *those,
        )  # fmt: skip
    core = mps2.parents[2] / "core" / "libeedge_core.a"
    linked = run(
        tmp_path, "arm-none-eabi-g++", *MACHINE, "-specs=nosys.specs", *tmp_path.glob("*.o"), core,
        "-o", "linked.elf", "-lm", "-Wl,--warn-unresolved-symbols",
    )  # fmt: skip
    missing = set(re.findall(r"undefined reference to `([^']*)'", linked))
    assert "coralmicro::EdgeTpuManager::GetSingleton()" in missing
    assert {one for one in missing if not OF_THE_SDK.match(one)} == set()


def has_library() -> bool:
    if shutil.which("arm-none-eabi-g++") is None:
        return False
    program = ["arm-none-eabi-g++", "-x", "c++", "-include", "memory", "-fsyntax-only", "/dev/null"]
    return subprocess.run(program, capture_output=True, check=False).returncode == 0


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr
