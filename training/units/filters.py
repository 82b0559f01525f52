"""A filter bank for a convolution on raw sound to begin with."""

import math

import torch
from torch import Tensor

from training.pretrained.frontend import ConvLayer, FrontEnd

LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0


def filter_bank(channels: int, length: int, sample_rate: int) -> Tensor:
    """Return f32[channels, 1, length]: a cosine and a sine in a Hann window for each band.

    Bands are equally spaced in mel (1127 ln(1 + Hz / 700)), and each filter's norm is 1. What a
    long pre-training finds by itself, a short one is spared (compare arXiv 2101.08596, where it
    begins from Gabor filters, too).
    """
    low, high = (1127 * math.log1p(hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    mel = torch.linspace(low, high, -(-channels // 2))
    hertz = 700 * torch.expm1(mel / 1127)
    times = (torch.arange(length) - (length - 1) / 2) / sample_rate
    phases = 2 * math.pi * hertz[:, None] * times
    waves = torch.stack((phases.cos(), phases.sin()), dim=1).flatten(0, 1)[:channels]
    filters = waves * torch.hann_window(length, periodic=False)
    scaled: Tensor = filters / filters.norm(dim=1, keepdim=True)
    return scaled.unsqueeze(1)


def begin_as_filter_bank(front_end: FrontEnd, sample_rate: int) -> None:
    """Set the weights of the first convolution."""
    first = front_end.convs[0]
    assert isinstance(first, ConvLayer)
    weight = first.conv.weight
    weight.data.copy_(filter_bank(weight.shape[0], weight.shape[-1], sample_rate))
