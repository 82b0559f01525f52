"""LiteRT on an emulated 64-bit ARM: `python -m tests.convert.lowering.aarch64 FOLDER` installs it.

It needs mmdebstrap and pip, takes half a minute and 250 MB, and asks for no rights. The emulator is
trixie's too: bookworm's ends ai-edge-litert from 2.2 on.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

_PACKAGES = "python3-minimal,libpython3-stdlib,libstdc++6,libgcc-s1,libexpat1,libffi8,zlib1g"
_PYTHON = "3.13"
"""Trixie's."""

PROGRAM = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

rng, found = np.random.default_rng(1), {}
for path in sys.argv[2:]:
    model = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    for signature in sorted(model.get_signature_list()):
        run, given = model.get_signature_runner(signature), {}
        for name, details in sorted(run.get_input_details().items()):
            shape = tuple(details["shape"])
            values = rng.integers(-128, 128, shape)
            if name == "mask":  # The last fifth is padding.
                places = np.arange(values.size).reshape(shape)
                values = np.where(places < 0.8 * values.size, 127, -128)
            given[name] = values.astype(np.int8)
        (found[f"{path} {signature}"],) = run(**given).values()
np.savez(sys.argv[1], **found)
"""
"""Runs each signature of int8 files by the reference kernels, on any integers there are."""

Outputs = dict[str, np.ndarray]
"""What each file puts out, by `PATH SIGNATURE`."""


def install(folder: Path) -> None:
    """Install an emulator, a Python for ARM, and LiteRT for it, in this machine's version."""
    folder.mkdir(parents=True)
    for architecture, packages, name in (
        ("arm64", _PACKAGES, "root"),
        ("amd64", "qemu-user", "host"),
    ):
        options = [f"--arch={architecture}", "--variant=extract", f"--include={packages}"]
        subprocess.run(["mmdebstrap", *options, "trixie", str(folder / name)], check=True)
    if not (folder / "root/lib").exists():
        (folder / "root/lib").symlink_to("usr/lib")
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (27, 28)]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--target", str(folder / "site")),
            *(*platforms, f"--python-version={_PYTHON}", "--only-binary=:all:", "--no-deps"),
            *(f"ai-edge-litert=={version('ai-edge-litert')}", "numpy==2.4.6"),
        ],
        check=True,
    )


def emulated(folder: Path, paths: list[Path], work: Path) -> Outputs:
    """Return what int8 files put out where `install` has been."""
    root = folder / "root"
    python = [str(folder / "host/usr/bin/qemu-aarch64"), "-L", str(root)]
    environment = {"PYTHONHOME": str(root / "usr"), "PYTHONPATH": str(folder / "site")}
    return _run([*python, str(root / f"usr/bin/python{_PYTHON}")], paths, work, environment)


def here(paths: list[Path], work: Path) -> Outputs:
    """Return what they put out on this machine."""
    return _run([sys.executable], paths, work)


def _run(
    python: list[str], paths: list[Path], work: Path, environment: dict[str, str] | None = None
) -> Outputs:
    out = work / "found.npz"
    program = [*python, "-c", PROGRAM, str(out), *map(str, paths)]
    subprocess.run(program, env=environment, check=True)
    with np.load(out) as found:
        return dict(found)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
