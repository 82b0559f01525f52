"""An utterance sounds the same, whichever others are run and in whatever order."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calibration.mixing import Mixer, Sounds, Surroundings, drawn, surroundings
from calibration.speech import Speech
from edge import audio
from edge.errors import AudioError, CorpusError

RATE = 16_000
NOISY, ROOMS = Surroundings(snr_db=5.0), Surroundings(room=True)


def write_list(path: Path, splits: Sequence[str], rate: int = RATE) -> Path:
    """Write noises of a second beside a manifest that lists them."""
    rows = []
    for index, split in enumerate(splits):
        samples = np.random.default_rng(index).normal(0, 0.1, rate)
        soundfile.write(path.parent / f"{index}.wav", samples, rate)
        rows.append({"audio_filepath": f"{index}.wav"} | ({"split": split} if split else {}))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def noises(tmp_path: Path) -> Sounds:
    return Sounds.read(write_list(tmp_path / "noise.jsonl", [""] * 5), RATE)


@pytest.fixture
def mixer(noises: Sounds) -> Mixer:
    return Mixer(noises, noises, seed=1, rate=RATE)


def test_what_is_mixed_depends_on_the_seed_and_the_name_alone(mixer, noises, speech, tmp_path):
    def files(speech: Speech, mixer: Mixer, around: Surroundings) -> dict[str, bytes]:
        folder = tmp_path / "mixed"
        folder.mkdir(exist_ok=True)
        mixed, _ = mixer.write(speech, around, folder)
        # Not the files: libsndfile writes the time of day into them.
        sounds = (audio.read(utterance.audio).tobytes() for utterance in mixed.utterances)
        return dict(zip(speech.names, sounds, strict=True))

    for around in (NOISY, ROOMS):
        forwards = files(speech, mixer, around)
        backwards = replace(speech, utterances=speech.utterances[::-1])
        assert files(backwards, mixer, around) == forwards
        alone = replace(speech, utterances=speech.utterances[3:4])
        assert files(alone, mixer, around).items() <= forwards.items()
        assert files(speech, Mixer(noises, noises, 1, RATE), around) == forwards
        assert files(speech, Mixer(noises, noises, 2, RATE), around) != forwards


def test_clean_speech_is_left_where_it_is(mixer, speech, tmp_path):
    assert mixer.write(speech, Surroundings(), tmp_path) == (speech, [""] * len(speech.utterances))


def test_at_every_snr_it_is_the_same_noise_only_louder(mixer, speech):
    said = audio.read(speech.utterances[2].audio)
    quiet, loud = (
        mixer.mix(said, "a", Surroundings(snr_db=snr))[0] - said.astype(np.float64)
        for snr in (30.0, 20.0)
    )
    assert np.allclose(loud, quiet * 10**0.5, atol=1e-5)


def test_the_room_is_named(mixer, noises, speech, tmp_path):
    _, rooms = mixer.write(speech, ROOMS, tmp_path)
    assert set(rooms) <= set(noises.names)
    assert len(set(rooms)) > 1


def test_noises_of_other_splits_are_not_heard(tmp_path):
    path = write_list(tmp_path / "noise.jsonl", ["train", "test", "dev", "test"])
    assert Sounds.read(path, RATE).names == ("1.wav", "3.wav")


def test_noises_of_another_rate_are_resampled(tmp_path):
    (samples,) = Sounds.read(write_list(tmp_path / "noise.jsonl", [""], rate=8_000), RATE).samples
    assert len(samples) == RATE


def test_the_order_of_the_list_decides_nothing(tmp_path, noises):
    lines = noises.path.read_text().splitlines()
    noises.path.write_text("\n".join(reversed(lines)))
    assert Sounds.read(noises.path, RATE).names == noises.names


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "names no sound to test with"),
        ('{"audio_filepath": "0.wav", "split": "train"}', "names no sound to test with"),
        ('{"path": "0.wav"}', "line 1: audio_filepath: Field required"),
        ("rain.wav", "line 1: not JSON"),
        ("\n[]", "line 2: the line:"),
    ],
)
def test_bad_lists_are_refused(noises, content, what):
    noises.path.write_text(content)
    with pytest.raises(CorpusError, match=what):
        Sounds.read(noises.path, RATE)


def test_a_silent_noise_is_refused_by_name(noises):
    soundfile.write(noises.path.parent / "3.wav", np.zeros(100), RATE)
    with pytest.raises(AudioError, match=r"3\.wav: is silent"):
        Sounds.read(noises.path, RATE)


def test_a_missing_noise_is_named(noises):
    (noises.path.parent / "2.wav").unlink()
    with pytest.raises(AudioError, match=r"2\.wav: cannot be read"):
        Sounds.read(noises.path, RATE)


def test_a_few_utterances_are_drawn_from_everywhere(speech):
    few = drawn(speech, 4, seed=0)
    assert few == drawn(speech, 4, seed=0)
    assert len(set(few.names)) == 4
    assert few.names != speech.names[:4]
    assert [name for name in speech.names if name in few.names] == few.names
    assert drawn(speech, 99, seed=0) == drawn(speech, None, seed=0) == speech


def test_clean_comes_first_and_rooms_last():
    names = [around.name for around in surroundings([0, 20, 5, 20], rooms=True)]
    assert names == ["clean", "20 dB", "5 dB", "0 dB", "rooms"]
    assert math.isinf(surroundings([], rooms=False)[0].snr_db)
