"""Which frames are hidden, and what is asked of the encoder there."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.units.masking import MaskSettings, draw_spans
from training.units.speech import UnitBatch, collate_units
from training.units.task import UnitNaming, unit_logits

TINY = PretrainedConfig(
    dim=8,
    heads=2,
    ff_dim=8,
    blocks=2,
    exits=(1, 2),
    conv_dims=(4,),
    conv_kernels=(8,),
    conv_strides=(4,),
    position_kernel=3,
    position_groups=2,
    dropout=0.0,
)


@given(st.integers(0, 400), st.floats(0, 1), st.integers(1, 20), st.integers(0, 2**31))
def test_spans_lie_within_the_sound(frames: int, share: float, span: int, seed: int) -> None:
    settings = MaskSettings(share=share, span=span)
    hidden = draw_spans(frames, settings, np.random.default_rng(seed))
    assert len(hidden) == frames
    assert hidden.any() == (frames > 0 and share > 0)
    assert hidden.sum() <= share * frames + span


def test_hubert_hides_about_half() -> None:
    rng = np.random.default_rng(0)
    shares = [draw_spans(500, MaskSettings(), rng).mean() for _ in range(200)]
    assert np.mean(shares) == pytest.approx(0.55, abs=0.03)


def batch(*lengths: int) -> UnitBatch:
    torch.manual_seed(0)
    crops = []
    for length in lengths:
        frames = TINY.framing.frames(length)
        hidden = torch.arange(frames) % 3 == 0
        crops.append((torch.randn(length, 1), torch.randint(5, (frames,)), hidden))
    return collate_units(crops)


@torch.no_grad()
def test_what_is_hidden_is_not_seen() -> None:
    torch.manual_seed(0)
    model = EarlyExitPretrained(TINY.model_copy(update={"conv_norm": "layer"}), 5).eval()
    one = batch(200)
    everything = one._replace(hidden=torch.ones_like(one.hidden))
    other = everything._replace(features=torch.randn(1, 200, 1))
    before, _ = unit_logits(model, everything)
    after, _ = unit_logits(model, other)
    torch.testing.assert_close(before, after)


@torch.no_grad()
def test_the_loss_of_an_utterance_does_not_depend_on_padding() -> None:
    torch.manual_seed(0)
    task = UnitNaming(EarlyExitPretrained(TINY, 5), seen_weight=0.5).eval()
    both = batch(200, 120)
    one = UnitBatch(
        both.features[1:, :120], both.lengths[1:], both.units[1:, :29], both.hidden[1:, :29]
    )
    first = UnitBatch(both.features[:1], both.lengths[:1], both.units[:1], both.hidden[:1])
    logits, real = unit_logits(task.model, both)
    alone, _ = unit_logits(task.model, one)
    assert real.sum(1).tolist() == [49, 29]
    torch.testing.assert_close(logits[2][1, :29], alone[2][0], atol=1e-5, rtol=1e-5)
    hidden = [int(part.hidden.sum()) for part in (first, one)]
    seen = [49 - hidden[0], 29 - hidden[1]]
    task.seen_weight = 0.0
    losses = [task(part)[0] for part in (first, one)]
    mean = (losses[0] * hidden[0] + losses[1] * hidden[1]) / sum(hidden)
    torch.testing.assert_close(task(both)[0], mean, atol=1e-5, rtol=1e-5)
    assert seen == [32, 19]
