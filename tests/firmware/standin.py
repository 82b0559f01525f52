"""TFLite's real C library, and stand-ins for what runs in its place, compiled where there is a C
compiler."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCES = Path(__file__).with_name("standins")


def tflite_library() -> Path:
    """Return libtensorflowlite_c.so, which no wheel of TFLite's own has; skips where it is not."""
    found = importlib.util.find_spec("pymicro_wakeword")
    folder = Path(found.origin).parent if found is not None and found.origin else Path()
    library = folder / "lib" / "libtensorflowlite_c.so"
    if not library.is_file():
        pytest.skip("no libtensorflowlite_c.so: pip install --no-deps pymicro-wakeword brings one")
    return library


def compile_standin(name: str, folder: Path) -> Path:
    """Compile one of `standins/` as `NAME.so`; skips where there is no compiler."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here: stand-ins cannot be built")
    path = folder / f"{name}.so"
    source = _SOURCES / f"{name}.c"
    subprocess.run(["cc", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", path, source], check=True)
    return path
