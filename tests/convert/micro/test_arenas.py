"""What nothing on a microcontroller can run is found before it is flashed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tflite_micro", reason="arenas are measured with eedge[micro]")

from boards.board import load_board
from convert.micro.arenas import check_fits, lacking
from convert.micro.interpreter import MicroError, interpreter_name, measure_needs
from edge import sealed
from edge.arenas import ARENAS, Arena, Arenas
from edge.bundle import Bundle
from edge.manifest import FileEntry
from tests.convert.micro.test_interpreter import convolution
from tests.flashable import make_bundle

MICRO = load_board("coral-dev-board-micro")


def with_frontend(folder: Path, behind: str) -> Bundle:
    """A bundle whose front end ends with that operator, and of which nothing else is measured."""
    bundle = make_bundle(folder / "x.eedge")
    frontend = convolution(bundle.path / "frontend.tflite", behind)
    arenas = {name: {12: Arena(file_bytes=1000)} for name in bundle.manifest.models}
    arenas["frontend.tflite"][12] = measure_needs([frontend])[0].of_size(1000)
    content = Arenas(interpreter=interpreter_name(), files=arenas).model_dump(mode="json")
    sealed.write(bundle.path / ARENAS, content)
    files = {name: FileEntry.of(bundle.path / name) for name in [*bundle.manifest.files, ARENAS]}
    bundle.manifest.model_copy(update={"files": files}).write(bundle.path)
    return Bundle.open(bundle.path)


def test_an_operator_that_neither_chip_nor_interpreter_has_is_refused(tmp_path: Path) -> None:
    bundle = with_frontend(tmp_path, "GELU")
    with pytest.raises(MicroError, match="leaves GELU to the CPU"):
        check_fits(bundle.path, MICRO)


def test_what_the_interpreter_has_is_not(tmp_path: Path) -> None:
    bundle = with_frontend(tmp_path, "TANH")
    check_fits(bundle.path, MICRO)
    assert lacking(bundle, Arenas.of(bundle), MICRO) == {}
