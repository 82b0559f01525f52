"""Where units come from: MFCC, a block, a branch; and what names them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from edge.framing import Framing
from edge.waveform import WaveformSettings
from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.sounds import SoundStore
from training.units.filters import filter_bank
from training.units.labels import (
    ByBlock,
    ByBranch,
    ByMfcc,
    UnitStore,
    find_centres,
    likeliest,
    nearest,
)
from training.units.mfcc import mfcc, slope

RATE = 16_000
TINY = PretrainedConfig(
    dim=8,
    heads=2,
    ff_dim=8,
    blocks=2,
    exits=(2,),
    conv_dims=(4, 4),
    conv_kernels=(40, 16),
    conv_strides=(20, 16),
    position_kernel=3,
    position_groups=2,
)


def tone(hertz: float, seconds: float = 0.5) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> SoundStore:
    """Three low tones and three high ones."""
    files = []
    for number, hertz in enumerate((200, 220, 240, 3_000, 3_200, 3_400)):
        files.append(tmp_path / f"{number}.wav")
        soundfile.write(files[-1], tone(hertz), RATE)
    return SoundStore(files, tmp_path, RATE)


def test_mfcc_are_thirteen_with_slopes_and_without_a_mean() -> None:
    frames = mfcc(np.concatenate([tone(300), tone(2_000)]))
    assert frames.shape == (100, 39)
    assert frames[:, :13].mean(axis=0) == pytest.approx(np.zeros(13), abs=1e-3)


def test_the_slope_of_a_line_is_its_slope() -> None:
    line = np.arange(20, dtype=np.float32)[:, None] * 3
    assert slope(line)[2:-2] == pytest.approx(3.0)
    assert slope(np.ones((5, 2), np.float32)) == pytest.approx(0.0)


def test_a_frame_is_described_by_the_mfcc_at_its_middle() -> None:
    sound = np.concatenate([tone(300), tone(2_000)])
    framing = Framing(window=400, hop=320)
    described = ByMfcc(framing, RATE)(sound)
    assert len(described) == framing.frames(len(sound))
    # Frame 3 reads samples 960 to 1,360, whose middle lies in the tenth 10 ms from 7 on.
    assert described[3] == pytest.approx(mfcc(sound)[7])


def test_what_sounds_alike_gets_the_same_unit(store: SoundStore, tmp_path: Path) -> None:
    describe = ByMfcc(Framing(400, 320), RATE)

    def loud(samples: np.ndarray) -> np.ndarray:
        # Of a single tone the mean is all there is, and MFCC take it away.
        low = np.abs(np.fft.rfft(samples))[: len(samples) // 16].sum()
        return np.full((len(describe(samples)), 1), low > 100, np.float32)

    centres = find_centres(store, loud, clusters=2, frames=50, seed=0)
    units = UnitStore(tmp_path / "units.npz", store, loud, nearest(centres))
    assert len(set(units[0])) == 1
    assert [units[index][0] == units[0][0] for index in range(6)] == [True] * 3 + [False] * 3
    again = UnitStore(tmp_path / "units.npz", store, loud, likeliest)
    np.testing.assert_array_equal(again[4], units[4])


def test_the_nearest_centre_is_the_nearest() -> None:
    rng = np.random.default_rng(0)
    rows, centres = (rng.normal(size=(n, 6)).astype(np.float32) for n in (50, 9))
    distances = np.linalg.norm(rows[:, None] - centres, axis=2)
    np.testing.assert_array_equal(nearest(centres)(rows), distances.argmin(axis=1))


def test_blocks_and_branches_describe_each_frame() -> None:
    model, settings = EarlyExitPretrained(TINY, 11), WaveformSettings()
    frames = TINY.framing.frames(8_000)
    described = ByBlock(model, settings, 1)(tone(300))
    assert described.shape == (frames, 8)
    assert described.mean(axis=1) == pytest.approx(np.zeros(frames), abs=1e-4)
    logits = ByBranch(model, settings)(tone(300))
    assert logits.shape == (frames, 11)
    with torch.no_grad():
        expected, _ = model(torch.from_numpy(prepared(tone(300))), torch.tensor([8_000]))
    np.testing.assert_array_equal(likeliest(logits), expected[2][0].argmax(-1).numpy())


def prepared(samples: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = (samples - samples.mean()) / samples.std()
    return scaled[None, :, None].astype(np.float32)


def test_a_filter_bank_is_sorted_by_frequency() -> None:
    filters = filter_bank(8, 160, RATE)
    assert filters.shape == (8, 1, 160)
    assert filters.norm(dim=-1) == pytest.approx(torch.ones(8, 1), abs=1e-5)
    spectrum = torch.fft.rfft(filters[:, 0]).abs().argmax(-1) * RATE / 160
    assert spectrum[:2].max() <= 200
    assert spectrum.tolist() == sorted(spectrum.tolist())
    assert 7_000 < spectrum[-1] <= 7_700
