"""Lists of utterances: what is read, and what is refused with the line that is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from edge.corpus import read_manifest
from edge.errors import CorpusError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "a.wav", np.zeros(1_600), 16_000)
    return tmp_path


def write(folder: Path, *rows: object) -> Path:
    path = folder / "list.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_sounds_lie_beside_the_manifest(folder: Path) -> None:
    row = {"audio_filepath": "a.wav", "text": "yes", "duration": 0.1, "corpus": "c", "lang": "en"}
    (found,) = read_manifest(write(folder, row))
    assert found.audio == folder / "a.wav"
    assert (found.text, found.duration, found.corpus) == ("yes", 0.1, "c")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"audio_filepath": "a.wav", "text": " "}, "line 1: the text of a.wav is empty"),
        ({"audio_filepath": "b.wav", "text": "no"}, "a sound that does not exist: .*b.wav"),
        ({"text": "no"}, "line 1: audio_filepath: Field required"),
        ({"audio_filepath": "a.wav"}, "line 1: text: Field required"),
        ({"audio_filepath": "a.wav", "text": "no", "duration": -1}, "line 1: duration"),
        (["a.wav", "no"], "line 1: the line"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, row: object, why: str) -> None:
    with pytest.raises(CorpusError, match=why):
        read_manifest(write(folder, row))


def test_an_empty_or_missing_list_is_refused(folder: Path) -> None:
    with pytest.raises(CorpusError, match="holds no utterance"):
        read_manifest(write(folder))
    with pytest.raises(CorpusError, match="no such manifest"):
        read_manifest(folder / "none.jsonl")


@given(st.binary())
def test_any_bytes_are_a_list_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("list") / "list.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorpusError):
        read_manifest(path)


def test_librispeechs_layout_is_read(tmp_path: Path) -> None:
    chapter = tmp_path / "LibriSpeech" / "dev-clean" / "84" / "121"
    chapter.mkdir(parents=True)
    for name in ("84-121-0000", "84-121-0001"):
        soundfile.write(chapter / f"{name}.flac", np.zeros(1_600), 16_000)
    (chapter / "84-121.trans.txt").write_text("84-121-0000 GO ON\n84-121-0001 DON'T\n")
    found = read_manifest(tmp_path / "LibriSpeech")
    assert [(row.text, row.speaker) for row in found] == [
        ("go on", "librispeech:84"),
        ("don't", "librispeech:84"),
    ]
    assert all(row.audio.is_file() for row in found)
    (chapter / "84-121.trans.txt").write_text("84-121-0000\n")
    with pytest.raises(CorpusError, match="84-121-0000 has no text"):
        read_manifest(tmp_path)
