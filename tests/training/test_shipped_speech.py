"""The speech in tests/audio is what its README says."""

import json
from pathlib import Path

import pytest
import soundfile

from training.phrases import is_plain, split_of

AUDIO = Path(__file__).parents[1] / "audio"
SPLITS = ("cal", "test")


def rows(split):
    return [json.loads(row) for row in (AUDIO / f"{split}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("split", SPLITS)
def test_every_file_is_16_khz_mono_and_as_long_as_the_manifest_says(split):
    for row in rows(split):
        samples, rate = soundfile.read(AUDIO / row["audio_filepath"])
        assert (rate, samples.ndim) == (16000, 1)
        assert len(samples) / rate == pytest.approx(row["duration"], abs=0.02)
        assert 0.5 <= row["duration"] <= 5.0


@pytest.mark.parametrize("split", SPLITS)
def test_manifest_and_folder_name_the_same_files(split):
    named = {row["audio_filepath"] for row in rows(split)}
    there = {f"{split}/{path.name}" for path in (AUDIO / split).iterdir()}
    assert named == there
    assert len(named) == 150


@pytest.mark.parametrize("split", SPLITS)
def test_texts_are_plain_and_belong_to_the_split(split):
    for row in rows(split):
        assert is_plain(row["text"])
        assert split_of(row["text"]) in (None, split)


@pytest.mark.parametrize("split", SPLITS)
def test_a_third_has_noise_and_the_note_says_which(split):
    notes = [row["note"].split()[0] for row in rows(split)]
    assert notes.count("clean") == 100
    assert set(notes) == {"clean", "white", "pink", "brown", "babble"}


def test_cal_and_test_share_no_sentence():
    cal, test = ({row["text"] for row in rows(split)} for split in SPLITS)
    assert all(split_of(text) is None for text in cal & test)


def test_all_of_it_is_under_4_megabytes():
    assert sum(path.stat().st_size for path in AUDIO.rglob("*") if path.is_file()) < 4e6
