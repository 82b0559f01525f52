"""Front ends on raw sound: the first convolution stays on the CPU, in float, and the rest maps.

int8 samples would drown the consonants, and a norm over time is over more places than the Edge TPU
takes. The first convolution is less than a hundredth of the front end's multiply-accumulates.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.edgetpu.framewise import (
    Affine,
    PlainNorm,
    PointwiseConv,
    ScaledNorm,
    mapped,
)
from convert.lowering.frames import conv_over_frames
from convert.lowering.sound import lowered_conv
from training.conformer import MaskedBatchNorm
from training.pretrained.frontend import (
    ConvLayer,
    FrontEnd,
    PositionalConvolution,
    PositionLayer,
)


class SoundOnCpu(nn.Module):
    """What reads samples: the mask, and the first convolution with its norm and activation.

    `convert.recipes` knows it by its name, and leaves it float.
    """

    def __init__(self, plain: FrontEnd, first: ConvLayer) -> None:
        super().__init__()
        self.conv, self.ends = lowered_conv(first), plain.framing.ends

    def forward(self, samples: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Map samples f32[1, n, 1] and mask [1, n, 1] to f32[1, T, C] and a mask [1, N, 1]."""
        x = self.conv((samples * mask).transpose(1, 2), mask)
        return x.transpose(1, 2), mask[:, self.ends]


class TpuConvLayer(nn.Module):
    """`ConvLayer` that takes what is `taken` times as large, and puts out `gain` times as much."""

    def __init__(self, plain: ConvLayer, taken: float) -> None:
        super().__init__()
        self.activation, self.gain = mapped(plain.activation)
        self.stride = int(plain.conv.stride[0])
        kernel = plain.conv.weight.detach().unsqueeze(2) / taken
        bias = torch.zeros(len(kernel)) if plain.conv.bias is None else plain.conv.bias.detach()
        self.norm: nn.Module | None = None
        if isinstance(plain.norm, nn.LayerNorm):
            self.norm = nn.Sequential(
                PlainNorm(plain.norm),
                Affine(self.gain * plain.norm.weight, self.gain * plain.norm.bias),
            )
        else:
            kernel, bias = self.gain * kernel, self.gain * bias
        self.kernel, self.bias = nn.Parameter(kernel), nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, T, C] to f32[1, T', C']."""
        x = conv_over_frames(x, self.kernel, self.bias, stride=self.stride)
        if self.norm is not None:
            x = self.norm(x)
        return self.activation(x)


class TpuPositionLayer(nn.Module):
    """`PositionLayer`, each group a convolution of its own; `taken` and `gain` as above."""

    def __init__(self, plain: PositionLayer, taken: float) -> None:
        super().__init__()
        self.activation, self.gain = mapped(plain.activation)
        # A norm makes good for any gain before it.
        before = 1.0 if plain.norm is not None else self.gain
        bias = plain.conv.bias
        assert bias is not None
        self.kernel = nn.Parameter(plain.conv.weight.detach().unsqueeze(2) * before / taken)
        self.bias = nn.Parameter(bias.detach() * before)
        self.groups = plain.conv.groups
        width = plain.conv.kernel_size[0]
        self.before, self.after = width // 2, (width - 1) // 2
        self.norm = None if plain.norm is None else PlainNorm(plain.norm)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; padded frames must be 0."""
        x = F.pad(x, (0, 0, self.before, self.after))
        groups = zip(
            x.chunk(self.groups, -1),
            self.kernel.chunk(self.groups),
            self.bias.chunk(self.groups),
            strict=True,
        )
        x = torch.cat([conv_over_frames(*group) for group in groups], -1)
        if self.norm is not None:
            x = self.norm(x) * self.gain
        return self.activation(x)


class TpuPositionalConvolution(nn.Module):
    """`PositionalConvolution`, its batch norm a weight and a bias."""

    def __init__(self, plain: PositionalConvolution) -> None:
        super().__init__()
        self.affine = None if plain.batch_norm is None else _affine(plain.batch_norm)
        layers, self.gain = [], 1.0
        for layer in plain.layers:
            assert isinstance(layer, PositionLayer)
            lowered = TpuPositionLayer(layer, self.gain)
            self.gain = lowered.gain
            layers.append(lowered)
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        if self.affine is not None:
            x = self.affine(x)
        for layer in self.layers:
            x = layer(x * mask)
        return x * (1.0 / self.gain)


class TpuSoundFrontEnd(nn.Module):
    """`FrontEnd` on raw sound."""

    def __init__(self, plain: FrontEnd) -> None:
        super().__init__()
        first, *others = (conv for conv in plain.convs if isinstance(conv, ConvLayer))
        self.on_cpu = SoundOnCpu(plain, first)
        convs, gain = [], 1.0
        for conv in others:
            lowered = TpuConvLayer(conv, gain)
            gain = lowered.gain
            convs.append(lowered)
        self.convs = nn.Sequential(*convs)
        self.norm = None if plain.norm is None else PlainNorm(plain.norm, taken=gain)
        left = gain if plain.norm is None else 1.0
        self.projection = PointwiseConv(plain.projection, plain.norm, taken=left)
        self.position = TpuPositionalConvolution(plain.position)
        self.out_norm = None if plain.out_norm is None else ScaledNorm(plain.out_norm)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Map samples f32[1, n, 1] and mask [1, n, 1] to f32[1, N, dim]."""
        x, mask = self.on_cpu(features, mask)
        x = self.convs(x)
        if self.norm is not None:
            x = self.norm(x)
        x = self.projection(x) * mask
        placed: Tensor = x + self.position(x, mask)
        if self.out_norm is not None:
            placed = self.out_norm(placed)
        return placed


def _affine(norm: MaskedBatchNorm) -> Affine:
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return Affine(scale, norm.bias - norm.running_mean * scale)
