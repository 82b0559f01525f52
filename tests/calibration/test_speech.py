from __future__ import annotations

from pathlib import Path

import pytest

from calibration.speech import Speech, refuse_overlap
from edge.errors import CorpusError
from tests.calibration.sounds import write_manifest


def test_a_list_says_what_it_is(tmp_path: Path) -> None:
    path = write_manifest(tmp_path / "few.jsonl", [1.0, 2.6])
    conditions = Speech.read(path).conditions()
    assert conditions["list"] == "few.jsonl"
    assert conditions["utterances"] == 2
    assert conditions["words"] == 3
    assert conditions["hours"] == 0.001


def test_a_sound_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    path = write_manifest(tmp_path / "few.jsonl", [0.2])
    path.write_text(2 * path.read_text())
    with pytest.raises(CorpusError, match=r"names .*few-00.wav 2 times"):
        Speech.read(path)


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(CorpusError, match="holds no utterance"):
        Speech.read(tmp_path / "none.jsonl")


def test_speech_that_was_fitted_on_is_no_test(tmp_path: Path) -> None:
    one = Speech.read(write_manifest(tmp_path / "one.jsonl", [0.2, 0.2]))
    other = Speech.read(write_manifest(tmp_path / "other.jsonl", [0.2]))
    refuse_overlap(one, other)
    with pytest.raises(CorpusError, match=r"2 sounds of .* are in"):
        refuse_overlap(one, one)
