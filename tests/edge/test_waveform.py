"""Sound as an encoder on samples reads it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from edge.facts import Facts
from edge.features import FeatureSettings
from edge.framing import Framing
from edge.inputs import InputSettings, fill, prepare
from edge.waveform import WaveformSettings

SETTINGS: TypeAdapter[FeatureSettings | WaveformSettings] = TypeAdapter(InputSettings)


def test_normalised_sound_has_mean_0_and_variance_1() -> None:
    samples = np.random.default_rng(1).normal(0.3, 0.01, 4000).astype(np.float32)
    features = prepare(samples, WaveformSettings())
    assert features.shape == (4000, 1)
    assert features.dtype == np.float32
    assert features.mean() == pytest.approx(0, abs=1e-4)
    assert features.var() == pytest.approx(1, abs=2e-3)


def test_it_is_what_hugging_face_feeds_its_encoders() -> None:
    extraction = pytest.importorskip("transformers.models.wav2vec2.feature_extraction_wav2vec2")
    samples = np.random.default_rng(2).normal(0.1, 0.2, 5000).astype(np.float32)
    for normalise in (True, False):
        theirs = extraction.Wav2Vec2FeatureExtractor(do_normalize=normalise)
        wanted = theirs(samples, sampling_rate=16_000).input_values[0]
        found = prepare(samples, WaveformSettings(normalise=normalise))
        np.testing.assert_allclose(found[:, 0], wanted, atol=1e-5)


def test_silence_stays_finite() -> None:
    assert not prepare(np.zeros(500, np.float32), WaveformSettings()).any()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({}, FeatureSettings),
        ({"n_mels": 40}, FeatureSettings),
        ({"kind": "waveform"}, WaveformSettings),
    ],
)
def test_settings_without_a_kind_are_log_mel(content: dict[str, object], kind: type) -> None:
    settings = SETTINGS.validate_python(content)
    assert type(settings) is kind
    assert SETTINGS.validate_python(settings.model_dump()) == settings


@given(
    window=st.integers(1, 500),
    hop=st.integers(1, 400),
    frames=st.integers(1, 50),
    length=st.integers(0, 20_000),
)
def test_frames_are_counted_as_they_lie(window: int, hop: int, frames: int, length: int) -> None:
    framing = Framing(window, hop)
    assert framing.frames(framing.longest(frames)) == frames
    assert framing.frames(framing.longest(frames) + 1) == frames + 1
    assert framing.frames(length) == len(range(length)[framing.ends])


@given(count=st.integers(1, 1000))
def test_short_sound_is_filled_up_with_silence(count: int) -> None:
    filled = fill(np.ones(count, np.float32), 400)
    assert len(filled) == max(400, count)
    assert filled.sum() == count


def test_loud_stretches_are_told_from_quiet_ones() -> None:
    noise = np.random.default_rng(3).normal(0, 1, 16_000).astype(np.float32)
    steady = Facts.of(prepare(noise, WaveformSettings()), WaveformSettings())
    noise[8_000:] *= 0.01
    halved = Facts.of(prepare(noise, WaveformSettings()), WaveformSettings())
    assert steady.duration_s == pytest.approx(1.0)
    assert steady.level_spread < 1.0
    assert halved.level_spread == pytest.approx(2 * np.log(100), abs=1.0)
