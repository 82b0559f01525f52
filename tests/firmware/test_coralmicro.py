"""The port to the Dev Board Micro, against declarations of its SDK: it builds, and lacks nothing.

Neither the SDK nor a board is here. What the SDK makes of it, this cannot tell.
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
DECLARED = Path(__file__).with_name("coralmicro_sdk.h")
OF_THE_SDK = re.compile(r"(coralmicro|tflite)::|(lwip|vTask|xTask|uxTask)\w*$|main$")
"""Its `main` starts the tasks, and then calls `app_main`."""
TOOLCHAIN = f"""
include({FIRMWARE}/cmake/cortex-m7.cmake)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_CXX_FLAGS_INIT ${{CMAKE_C_FLAGS_INIT}})
"""
LISTS = """
function(add_executable_m7 name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror -Wno-missing-field-initializers)
  target_link_options(${name} PRIVATE -Wl,--undefined=app_main,--warn-unresolved-symbols)
endfunction()
add_library(libs_base-m7_freertos INTERFACE)
target_link_libraries(libs_base-m7_freertos INTERFACE m)
"""


def test_it_lacks_nothing_but_its_sdk(tmp_path: Path) -> None:
    if not has_library():
        pytest.skip("there is no arm-none-eabi-g++ with its library")
    sdk, build = tmp_path / "sdk", tmp_path / "build"
    lay_out(sdk)
    run("cmake", "-S", PORT, "-B", build, f"-DCORALMICRO={sdk}")
    said = run("cmake", "--build", build, "--parallel", "2")
    missing = set(re.findall(r"undefined reference to `([^']*)'", said))
    assert "coralmicro::EdgeTpuManager::GetSingleton()" in missing
    assert {one for one in missing if not OF_THE_SDK.match(one)} == set()


def lay_out(sdk: Path) -> None:
    """Put what stands in for the SDK where the port looks for it: each header is the same."""
    files = {"CMakeLists.txt": LISTS, "cmake/toolchain-arm-none-eabi-gcc.cmake": TOOLCHAIN}
    for source in PORT.iterdir():
        for name in re.findall(r'#include "((?:libs|third_party)/.*)"', source.read_text()):
            files[name] = f'#include "{DECLARED}"\n'
    for name, content in files.items():
        (sdk / name).parent.mkdir(parents=True, exist_ok=True)
        (sdk / name).write_text(content)


def has_library() -> bool:
    if shutil.which("cmake") is None or shutil.which("arm-none-eabi-g++") is None:
        return False
    program = ["arm-none-eabi-g++", "-x", "c++", "-include", "memory", "-fsyntax-only", "/dev/null"]
    return subprocess.run(program, capture_output=True, check=False).returncode == 0


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
