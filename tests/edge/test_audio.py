"""Sound files of every kind, and files that only claim to be sound."""

from __future__ import annotations

import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.audio import read, stream
from edge.errors import AudioError

SECOND = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32) / 2


def loudest_hertz(samples, sample_rate=16_000):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.fft.rfftfreq(len(samples), 1 / sample_rate)[spectrum.argmax()]


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.wav", "PCM_16"),
        ("a.wav", "PCM_24"),
        ("a.wav", "FLOAT"),
        ("a.flac", "PCM_16"),
        ("a.ogg", "OPUS"),
        ("a.ogg", "VORBIS"),
        ("a.mp3", "MPEG_LAYER_III"),
    ],
)
def test_reads_every_common_kind(tmp_path, name, subtype):
    path = tmp_path / name
    soundfile.write(path, SECOND, 48_000, subtype=subtype)
    samples = read(path)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, abs=1_500)
    assert loudest_hertz(samples) == pytest.approx(440, abs=3)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 16_000, 44_100, 192_000])
def test_any_rate_becomes_the_wanted_one(tmp_path, rate):
    path = tmp_path / "a.wav"
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate).astype(np.float32)
    soundfile.write(path, tone, rate)
    samples = read(path)
    assert len(samples) == 32_000
    assert loudest_hertz(samples) == pytest.approx(440, abs=1)


def test_channels_are_averaged(tmp_path):
    path = tmp_path / "a.wav"
    levels = np.linspace(-0.5, 0.9, 8, dtype=np.float32)
    soundfile.write(path, np.tile(levels, (1_000, 1)), 16_000, subtype="FLOAT")
    assert read(path) == pytest.approx(np.full(1_000, levels.mean()), abs=1e-6)


def test_eight_channels_at_192_khz(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((192_000, 8), np.float32), 192_000)
    assert len(read(path)) == 16_000


def test_a_twentieth_of_a_second(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, SECOND[:2_400], 48_000)
    assert len(read(path)) == 800


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("chunk_s", [0.01, 0.3, 10])
def test_a_stream_joined_is_what_is_read_at_once(tmp_path, rate, chunk_s):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, rate), rate, subtype="FLOAT")
    chunks = list(stream(path, chunk_s=chunk_s))
    assert max(len(chunk) for chunk in chunks) <= max(1, chunk_s) * 16_000
    assert np.concatenate(chunks) == pytest.approx(read(path), abs=1e-6)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"this is text, not sound\n" * 20, "not a sound file"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "not a sound file"),
        (b"fLaC" + b"\xff" * 100, "not a sound file"),
    ],
    ids=["empty", "text", "half a header", "broken flac"],
)
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.raw", "a"])
def test_what_is_not_sound_is_refused_by_name(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError, match=says) as caught:
        read(path)
    assert str(path) in caught.value.what
    assert caught.value.tries


def test_a_header_without_samples(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.empty(0, np.float32), 16_000)
    with pytest.raises(AudioError, match="no samples"):
        read(path)


@pytest.mark.parametrize("name", ["nothing.wav", "nul\0.wav", "."])
def test_a_path_that_leads_to_no_file(tmp_path, name):
    with pytest.raises(AudioError):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("value", "says"), [(np.nan, "NaN"), (np.inf, "as large as"), (1e30, "as large as")]
)
def test_a_sample_that_is_no_sound_is_found_and_placed(tmp_path, value, says):
    path = tmp_path / "a.wav"
    samples = np.zeros(16_000 * 25, np.float32)
    samples[16_000 * 21] = value
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    with pytest.raises(AudioError, match=f"{says}.* from 20.0 s on"):
        read(path)


def test_a_header_that_lies_about_the_rate(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100, np.float32), 16_000)
    header = bytearray(path.read_bytes())
    header[24:28] = struct.pack("<I", 3)
    path.write_bytes(header)
    with pytest.raises(AudioError, match="3 samples a second"):
        read(path)


def test_a_truncated_flac_is_never_taken_for_whole(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 160_000), 16_000)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(AudioError, match="damaged"):
        read(path)


def write_long_wav(path: Path, hours: float) -> None:
    """Write noise at 8 kHz, a second at a time."""
    second = np.random.default_rng(0).normal(0, 1_000, 8_000).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        for _ in range(round(hours * 3_600)):
            file.writeframesraw(second)


@pytest.mark.slow
def test_three_hours_take_no_more_memory_than_a_minute(tmp_path):
    path = tmp_path / "long.wav"
    write_long_wav(path, hours=3)
    program = """
import resource, sys
from edge.audio import stream
from edge.segments import cut

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

pieces = cut(stream(sys.argv[1]), 16_000, 16.0)
seconds = sum(len(next(pieces).samples) for _ in range(4)) / 16_000
early = peak()
seconds += sum(len(piece.samples) for piece in pieces) / 16_000
print(seconds, peak() - early)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    seconds, growth_mib = map(float, done.stdout.split())
    assert seconds == pytest.approx(3 * 3_600, abs=0.01)
    assert growth_mib < 8
