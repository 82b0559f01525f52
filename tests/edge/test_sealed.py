"""JSON files that know their own checksum."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from pydantic import JsonValue

from edge import sealed

CONTENT: dict[str, JsonValue] = {"a": 1, "b": [1.5, "ü", None, True], "c": {"d": -0.1}}


def test_what_is_written_can_be_read(tmp_path):
    path = tmp_path / "a.json"
    sealed.write(path, CONTENT)
    assert sealed.read(path) == CONTENT


def test_spelling_does_not_matter_but_content_does(tmp_path):
    path = tmp_path / "a.json"
    sealed.write(path, CONTENT)
    written = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(written.items())), indent=8))
    assert sealed.read(path) == CONTENT
    written["a"] = 2
    path.write_text(json.dumps(written))
    with pytest.raises(sealed.BrokenSealError, match="was changed"):
        sealed.read(path)


def test_numbers_stand_in_a_line_and_texts_as_they_are(tmp_path):
    path = tmp_path / "file.json"
    content: dict[str, JsonValue] = {
        "numbers": [[1, -2.5e-7], [3]],
        "texts": ["[\n1,  2]", "3"],
        "empty": [],
    }
    sealed.write(path, content)
    assert "[1, -2.5e-07]" in path.read_text()
    assert sealed.read(path) == content


def test_a_file_without_a_checksum_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(sealed.BrokenSealError, match="no checksum"):
        sealed.read(path)


def test_a_file_cut_short_anywhere_is_refused(tmp_path):
    path = tmp_path / "a.json"
    sealed.write(path, CONTENT)
    whole = path.read_bytes()
    for length in range(len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(sealed.BrokenSealError):
            sealed.read(path)


def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    sealed.write(path, CONTENT)
    # A limit on the size of files fails at the same place as a full disk.
    program = """
import resource, sys
from pathlib import Path
from edge import sealed

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    sealed.write(Path(sys.argv[1]), {"long": 10_000 * "x"})
except OSError:
    sys.exit(7)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == 7
    assert sealed.read(path) == CONTENT
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_json_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="Out of range"):
        sealed.write(tmp_path / "a.json", {"nan": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_left_as_it_was(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        sealed.write(tmp_path / "missing" / "a.json", CONTENT)
    assert list(tmp_path.iterdir()) == []
