import json
import shutil
import subprocess
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from training.phrases import is_plain
from training.synthesis import (
    Line,
    draw_line,
    draw_lines,
    given_texts,
    main,
    render,
    write_speech,
)
from training.voices import (
    ESPEAK_ACCENTS,
    ESPEAK_VARIANTS,
    FLITE_NAMES,
    EspeakVoice,
    FliteVoice,
    SynthesisError,
    letter_names,
    require,
    speak,
)

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng")
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="needs flite")


def lines(number: int, seed: int = 1, texts: tuple[str, ...] = ()) -> list[Line]:
    return list(islice(draw_lines(seed, "train", texts), number))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("a s k", "A S K"),
        ("rubout g a five", "rubout G A five"),
        ("i saw a cat", "i saw a cat"),
        ("a", "A"),
        ("enter x", "enter X"),
    ],
)
def test_letters_are_told_from_the_words_a_and_i(text, spoken):
    assert " ".join(letter_names(text)) == spoken


@needs_espeak
def test_espeak_says_the_names_of_letters():
    def phonemes(text: str) -> list[str]:
        said = EspeakVoice("en-us").command(text, Path("unused"))[-1]
        command = ["espeak-ng", "-q", "-x", "-v", "en-us", said]
        return subprocess.run(command, capture_output=True, text=True).stdout.split()

    assert phonemes("a b a") == ["'eI", "b'i:;", "'eI"]
    assert phonemes("a boat")[0] == "a#"


@needs_flite
def test_flite_says_the_names_of_letters():
    def phonemes(text: str) -> list[str]:
        said = FliteVoice("slt").command(text, Path("none"))
        return subprocess.run(
            [*said[:-2], "-ps", "none"], capture_output=True, text=True
        ).stdout.split()

    assert phonemes("a b a") == ["pau", "ey", "b", "iy", "ey", "pau"]
    assert phonemes("a boat")[1] == "ax"


@pytest.mark.parametrize("voice", [EspeakVoice("en-us+f3"), FliteVoice("kal")])
def test_speech_comes_at_16_khz_whatever_the_voice_has(voice):
    if not shutil.which(voice.program):
        pytest.skip(f"needs {voice.program}")
    samples = speak("one two three four five", voice)
    assert samples.dtype == np.float32
    assert 1.0 < samples.size / 16000 < 4.0


def test_a_missing_synthesiser_is_named_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SynthesisError, match="flite is not installed") as caught:
        require("flite")
    assert "apt-get install flite" in caught.value.tries[0]

    done = CliRunner().invoke(main, ["--out", str(tmp_path / "out"), "--hours", "1"])
    assert done.exit_code == 1
    assert "apt-get install espeak-ng" in done.stderr
    assert not (tmp_path / "out").exists()


# Both programs fall back to another voice, silently, when they do not know one.
@needs_espeak
def test_espeak_has_every_voice_that_is_drawn():
    listed = subprocess.run(["espeak-ng", "--voices=en"], capture_output=True, text=True).stdout
    variants = subprocess.run(
        ["espeak-ng", "--voices=variant"], capture_output=True, text=True
    ).stdout
    assert set(ESPEAK_ACCENTS) <= set(listed.split())
    assert all(f"!v/{variant[1:]}" in variants.split() for variant in ESPEAK_VARIANTS if variant)


@needs_flite
def test_flite_has_every_voice_that_is_drawn():
    listed = subprocess.run(["flite", "-lv"], capture_output=True, text=True).stdout
    assert set(FLITE_NAMES) <= set(listed.split())


@needs_espeak
def test_saying_nothing_is_an_error():
    with pytest.raises(SynthesisError, match="said nothing for ''"):
        speak("", EspeakVoice("en-us"))


def test_a_seed_fixes_texts_voices_and_loudness():
    assert lines(200) == lines(200)
    assert lines(200) != lines(200, seed=2)


def test_lines_mix_domains_voices_and_given_texts():
    drawn = lines(600, texts=("the given text",))
    assert {line.voice.program for line in drawn} == {"espeak-ng", "flite"}
    assert len({line.voice.speaker for line in drawn}) > 40
    # Half of the 35 % of sentences; four standard deviations at n = 600 are 0.062.
    given = sum(line.text == "the given text" for line in drawn) / len(drawn)
    assert given == pytest.approx(0.175, abs=0.062)


@needs_espeak
@needs_flite
def test_a_rendered_line_has_its_loudness_and_does_not_clip():
    for seed in range(6):
        line = draw_line("zero one two three", Random(seed))
        samples = render(line)
        assert np.abs(samples).max() <= 0.951
        silence = (line.lead + line.tail) * 16000 / samples.size
        level = 10 * np.log10(np.mean(np.square(samples)) / (1 - silence))
        assert level == pytest.approx(line.level, abs=1.0)


@needs_espeak
@needs_flite
def test_speech_and_manifest_do_not_depend_on_the_number_of_jobs(tmp_path):
    for jobs in (1, 3):
        hours = write_speech(tmp_path / str(jobs), draw_lines(5, "train"), 10 / 3600, jobs)
        assert 10 / 3600 <= hours < 20 / 3600
    one, three = ((tmp_path / jobs / "manifest.jsonl").read_text() for jobs in "13")
    assert one == three
    rows = [json.loads(row) for row in one.splitlines()]
    assert sum(row["duration"] for row in rows) == pytest.approx(hours * 3600, abs=0.05)
    for row in rows:
        info = soundfile.info(tmp_path / "1" / row["audio_filepath"])
        assert (info.samplerate, info.channels) == (16000, 1)
        assert info.duration == pytest.approx(row["duration"], abs=0.001)
        assert is_plain(row["text"])
        assert row["corpus"] == "synthetic"


@needs_espeak
def test_a_failure_leaves_no_manifest(tmp_path):
    (tmp_path / "manifest.jsonl").write_text("of an earlier run")
    good = Line("yes", EspeakVoice("en-us"), -20, -70, 0, 0, seed=1)
    bad = Line("", EspeakVoice("en-us"), -20, -70, 0, 0, seed=1)
    with pytest.raises(SynthesisError):
        write_speech(tmp_path, iter([good, bad]), hours=1, jobs=1)
    assert not list(tmp_path.glob("manifest*"))


def test_given_texts_are_short_plain_and_of_the_split(tmp_path):
    texts = ["yes", "turn the kitchen light off", "one two three four", "no 5", "far " * 25]
    (tmp_path / "a.wav").touch()
    rows = [{"audio_filepath": "a.wav", "text": text.strip()} for text in texts]
    manifest = tmp_path / "texts.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert given_texts((manifest,), "train") == ("turn the kitchen light off", "yes")
    assert given_texts((manifest,), "cal") == ("one two three four", "yes")


def test_a_missing_manifest_of_texts_is_an_error_without_traceback(tmp_path):
    if not (shutil.which("espeak-ng") and shutil.which("flite")):
        pytest.skip("needs espeak-ng and flite")
    options = ["--out", str(tmp_path / "out"), "--hours", "1", "--texts", str(tmp_path / "no")]
    done = CliRunner().invoke(main, options)
    assert done.exit_code == 1
    assert "no such manifest" in done.stderr
