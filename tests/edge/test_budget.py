"""What a bundle takes of a microcontroller, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from boards.board import Board, load_board
from edge import sealed
from edge.arenas import ARENAS, Arena, Arenas
from edge.budget import Budget, budget_of
from edge.bundle import Bundle
from edge.errors import BundleError, DoesNotFitError
from edge.manifest import FileEntry
from tests.flashable import make_bundle

BLOCK = 131_072


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("budget") / "x.eedge", size=200_000)


def micro(storage: int = 1 << 26, memory: int = 1 << 26) -> Board:
    """The Dev Board Micro with other limits."""
    board = load_board("coral-dev-board-micro")
    assert board.room is not None
    limits = {"storage_bytes": storage, "memory_bytes": memory}
    changed = {
        name: getattr(board.room, name).model_copy(update={"value": float(value)})
        for name, value in limits.items()
    }
    return board.model_copy(update={"room": board.room.model_copy(update=changed)})


def measured(bundle: Bundle, sizes: Mapping[str, int | None]) -> Arenas:
    """Arenas of so many bytes; 1,000 for files that are not named."""
    return Arenas(
        interpreter="a test",
        files={
            name: {12: Arena(file_bytes=5000, arena_bytes=sizes.get(name, 1000))}
            for name in bundle.manifest.models
        },
    )


def budget(bundle: Bundle, board: Board, arenas: Arenas | None = None, program: int = 0) -> Budget:
    found = budget_of(bundle, board, arenas, program or None)
    assert found is not None
    return found


def sizes(one: Budget) -> dict[str, int | None]:
    return {item.name: item.size for item in (*one.storage.items, *one.memory.items)}


def test_only_a_microcontroller_has_a_budget(bundle: Bundle) -> None:
    assert budget_of(bundle, load_board("coral-usb"), None) is None


def test_flash_holds_every_file_in_whole_blocks_and_the_program(bundle: Bundle) -> None:
    found = sizes(budget(bundle, micro(), program=BLOCK + 1))
    # Seven models of 200,000 bytes and a little more, and the manifest; the other two are small.
    assert found["10 files of the bundle"] == (7 * 2 + 1) * BLOCK
    # The topmost, `bundle`, and in it `exits` and `calibration`.
    assert found["folders"] == 4 * 2 * BLOCK
    assert found["the program"] == 2 * BLOCK


def test_memory_holds_all_files_and_the_largest_arena(bundle: Bundle) -> None:
    found = budget(bundle, micro(), measured(bundle, {"block_02.tflite": 70_000}))
    assert sizes(found)["files of one length"] == 7 * 5000
    assert sizes(found)["arena"] == 70_000
    assert found.memory.is_known


@pytest.mark.parametrize("arenas", [False, True])
def test_what_is_not_measured_is_not_known(bundle: Bundle, arenas: bool) -> None:
    nothing = dict.fromkeys(bundle.manifest.models)
    found = budget(bundle, micro(), measured(bundle, nothing) if arenas else None)
    assert sizes(found)["arena"] is None
    assert not found.memory.is_known


@settings(max_examples=50, deadline=None)
@given(short=st.integers(0, 20_000), of=st.sampled_from(["flash", "memory"]))
def test_what_does_not_fit_is_refused_and_by_how_much_is_said(
    bundle: Bundle, short: int, of: str
) -> None:
    arenas = measured(bundle, {})
    needed = budget(bundle, micro(), arenas)
    board = (
        micro(storage=needed.storage.size - short)
        if of == "flash"
        else micro(memory=needed.memory.size - short)
    )
    found = budget(bundle, board, arenas)
    if not short:
        found.check()
        return
    with pytest.raises(DoesNotFitError, match=f": {short:,} too many") as raised:
        found.check()
    assert f"bytes of {of}" in raised.value.what
    assert ("--buckets 6" in raised.value.tries[0]) == (of == "memory")


@pytest.fixture(scope="module")
def measured_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle that holds the arenas of `measured`."""
    bundle = make_bundle(tmp_path_factory.mktemp("measured") / "x.eedge")
    sealed.write(bundle.path / ARENAS, measured(bundle, {}).model_dump(mode="json"))
    files = {**bundle.manifest.files, ARENAS: FileEntry.of(bundle.path / ARENAS)}
    bundle.manifest.model_copy(update={"files": files}).write(bundle.path)
    return Bundle.open(bundle.path)


def test_arenas_are_read_as_they_were_written(bundle: Bundle, measured_bundle: Bundle) -> None:
    assert Arenas.of(measured_bundle) == measured(measured_bundle, {})
    assert Arenas.of(bundle) is None


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["12", "0", "x"]), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=50, deadline=None)
@given(interpreter=VALUES, files=st.dictionaries(st.sampled_from(["frontend.tflite", "x"]), VALUES))
def test_arenas_that_say_anything_else_are_refused(
    measured_bundle: Bundle,
    tmp_path_factory: pytest.TempPathFactory,
    interpreter: JsonValue,
    files: dict[str, JsonValue],
) -> None:
    folder = tmp_path_factory.getbasetemp()
    sealed.write(folder / ARENAS, {"format": 1, "interpreter": interpreter, "files": dict(files)})
    with pytest.raises(BundleError, match=ARENAS):
        Arenas.of(Bundle(folder, measured_bundle.manifest, measured_bundle.tokens))
