"""A bundle is opened only if it is what was written."""

from __future__ import annotations

import pytest

from edge.bundle import Bundle
from edge.errors import BundleError, CalibrationError
from edge.manifest import FileEntry, Manifest
from tests.edge.tiny import EXITS

FILES = ["frontend.tflite", "block_03.tflite", "exit_04.tflite", "tokens.txt"]


def test_opens_what_was_written(tiny):
    assert tiny.exits == EXITS
    assert len(tiny.tokens) == tiny.manifest.vocabulary
    assert len(tiny.identity) == 64
    assert tiny.calibrations() == []


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_found(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match=rf"{name}: was changed") as caught:
        Bundle.open(copy)
    assert caught.value.tries


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_found(copy, name):
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[:-1])
    with pytest.raises(BundleError, match=f"{name}: has {len(whole) - 1} bytes"):
        Bundle.open(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(copy, name):
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: cannot be read: No such file"):
        Bundle.open(copy)


def test_a_folder_in_place_of_a_file_is_found(copy):
    (copy / "tokens.txt").unlink()
    (copy / "tokens.txt").mkdir()
    with pytest.raises(BundleError, match=r"tokens\.txt"):
        Bundle.open(copy)


def test_files_that_the_manifest_does_not_name_are_of_no_account(copy, tiny):
    (copy / "notes.txt").write_text("mine")
    assert Bundle.open(copy).identity == tiny.identity


def test_tokens_that_are_not_the_encoders_are_found(copy):
    (copy / "tokens.txt").write_text("<blk> 0\na 1\n")
    manifest = Manifest.read(copy)
    files = {**manifest.files, "tokens.txt": FileEntry.of(copy / "tokens.txt")}
    manifest.model_copy(update={"files": files}).write(copy)
    with pytest.raises(BundleError, match=r"tokens\.txt: holds 2 tokens"):
        Bundle.open(copy)


def test_verifying_can_be_left_out_where_it_was_just_done(copy):
    with (copy / "block_01.tflite").open("ab") as file:
        file.write(b"x")
    assert Bundle.open(copy, verify=False).exits == EXITS


@pytest.mark.parametrize("name", ["nothing", "manifest.json", "nul\0"])
def test_what_is_no_folder_is_no_bundle(copy, name):
    with pytest.raises(BundleError, match="no such bundle"):
        Bundle.open(copy / name)


def test_a_board_that_it_was_not_calibrated_for_says_what_to_do(tiny):
    with pytest.raises(CalibrationError, match="not calibrated for board 'host'") as caught:
        tiny.calibration("host")
    assert any("eedge calibrate" in hint for hint in caught.value.tries)


@pytest.mark.parametrize("board", ["../host", "", "a/b", "nul\0"])
def test_a_boards_name_leads_nowhere_else(tiny, board):
    with pytest.raises(CalibrationError, match="no board's name"):
        tiny.calibration(board)
