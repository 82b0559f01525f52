"""Log-mel frames in C: Python's, to the bit."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.features import FeatureSettings, Frames, Samples, log_mel
from tests.firmware.conftest import FIRMWARE
from tests.sharing import made_once

LogMel = Callable[[Samples, FeatureSettings], Frames]


class _Settings(ctypes.Structure):
    _fields_ = [
        ("sample_rate", ctypes.c_uint32),
        ("n_mels", ctypes.c_uint32),
        *((name, ctypes.c_double) for name in ("low_hz", "high_hz", "window_s", "hop_s")),
        ("subtract_mean", ctypes.c_bool),
    ]


@pytest.fixture(scope="module")
def log_mel_in_c(tmp_path_factory: pytest.TempPathFactory, core: ctypes.CDLL) -> LogMel:
    def make(folder: Path) -> None:
        sources = [FIRMWARE / "agent" / f"{name}.c" for name in ("logmel", "fft", "arena")]
        command = ["cc", "-std=c99", "-O2", "-shared", "-fPIC", f"-I{FIRMWARE / 'core'}"]
        command += ["-o", f"{folder}/liblogmel.so", *map(str, sources), "-lm"]
        subprocess.run(command, check=True)

    library = ctypes.CDLL(str(made_once(tmp_path_factory, "logmel", make) / "liblogmel.so"))
    library.ee_logmel_frames.restype = ctypes.c_size_t
    library.ee_logmel_begin.restype = ctypes.c_bool

    def compute(samples: Samples, settings: FeatureSettings) -> Frames:
        state, arena = (ctypes.c_uint64 * 64)(), ctypes.c_void_p()
        given = _Settings(*(getattr(settings, field[0]) for field in _Settings._fields_))
        assert library.ee_logmel_begin(state, ctypes.byref(given), ctypes.byref(arena))
        count = ctypes.c_size_t(len(samples))
        frames = np.empty((library.ee_logmel_frames(state, count), settings.n_mels), np.float32)
        pointers = (array.ctypes.data_as(ctypes.c_void_p) for array in (samples, frames))
        library.ee_logmel_of(state, next(pointers), count, next(pointers))
        library.ee_arena_free(ctypes.byref(arena))
        return frames

    return compute


@pytest.mark.parametrize("length", [50, 100, 160, 399, 400, 1000, 16_001, 48_000])
@pytest.mark.parametrize(
    "settings",
    [
        FeatureSettings(),
        FeatureSettings(subtract_mean=False),
        FeatureSettings(n_mels=24, sample_rate=8_000, high_hz=3_800.0),
        FeatureSettings(window_s=0.032, hop_s=0.016, n_mels=40),
    ],
    ids=["shipped", "level", "narrow", "512"],
)
def test_frames_are_the_same(log_mel_in_c: LogMel, length: int, settings: FeatureSettings):
    rng = np.random.default_rng(length)
    tones = np.sin(np.arange(length) * rng.uniform(0.01, 2, (4, 1))).sum(axis=0)
    samples = (0.05 * tones + 0.01 * rng.standard_normal(length)).astype(np.float32)
    expected = log_mel(samples, settings)
    found = log_mel_in_c(samples, settings)
    assert np.array_equal(found, expected)


def test_silence_is_as_quiet_as_can_be(log_mel_in_c: LogMel):
    settings = FeatureSettings(subtract_mean=False)
    found = log_mel_in_c(np.zeros(800, np.float32), settings)
    assert (found == log_mel(np.zeros(800, np.float32), settings)).all()
