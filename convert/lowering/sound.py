"""Front ends on raw sound in forms that XNNPACK runs fastest.

The first convolution makes some 5 million numbers of 3 s of sound: each pass over them costs as
much as the convolution itself, a transpose more, and a norm is many passes. So frames are kept
before channels throughout, which is TFLite's own layout; where a module has to hand out channels
before frames, the next one turns them back, and the converter leaves both out.
"""

import math
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.frames import conv_over_frames
from training.pretrained.frontend import ConvLayer, NormOverTime, PositionLayer


def lowered_conv(plain: ConvLayer) -> nn.Module:
    """Return what computes the same as `plain`."""
    if isinstance(plain.norm, NormOverTime):
        return NormFoldedConv(plain, plain.norm)
    if isinstance(plain.norm, nn.LayerNorm):
        return CentredConv(plain, plain.norm)
    return PlainConv(plain)


def _applied(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """Return what `conv`, without its padding, makes of f32[1, T, C]: f32[1, T', C']."""
    kernel = conv.weight.unsqueeze(2)
    return conv_over_frames(x, kernel, conv.bias, stride=conv.stride[0], groups=conv.groups)


class PlainConv(nn.Module):
    """A convolution and its activation."""

    def __init__(self, plain: ConvLayer) -> None:
        super().__init__()
        self.conv, self.activation = plain.conv, plain.activation

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, C, T] to f32[1, C', T']."""
        return self.activation(_applied(self.conv, x.transpose(1, 2))).transpose(1, 2)


class PositionConv(nn.Module):
    """A positional convolution, whose superfluous last frame is not computed."""

    def __init__(self, plain: PositionLayer) -> None:
        super().__init__()
        self.conv, self.norm, self.activation = plain.conv, plain.norm, plain.activation
        kernel = plain.conv.kernel_size[0]
        self.before, self.after = kernel // 2, (kernel - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; padded frames must be 0."""
        x = _applied(self.conv, F.pad(x, (0, 0, self.before, self.after)))
        if self.norm is not None:
            x = self.norm(x)
        return self.activation(x)


class NormFoldedConv(nn.Module):
    """A convolution of samples and its norm over time, whose moments are not taken of its output.

    What the convolution reads are windows of k samples; by their mean m and covariance C, channel
    c with the kernel w has the mean w·m and the variance w·C·w. Taken in the basis of a cosine
    transform, in which the covariance of sound is nearly diagonal, this is exact in float32 for
    kernels that hear only what is weak. It stays float in int8 recipes (`convert.recipes`): int8
    samples would drown the consonants.
    """

    def __init__(self, plain: ConvLayer, norm: NormOverTime) -> None:
        super().__init__()
        self.window, self.hop = plain.framing.window, plain.framing.hop
        self.ends, self.eps, self.activation = plain.framing.ends, norm.eps, plain.activation
        self.pieces = -(-self.window // self.hop)
        basis = _cosines(self.window)
        weight = plain.conv.weight.detach().squeeze(1)
        turned = weight @ basis.t()
        self.basis = nn.Parameter(basis)
        self.turned = nn.Parameter(turned)
        kernel = F.pad(weight, (0, self.pieces * self.hop - self.window))
        by_hop = kernel.reshape(-1, self.pieces, self.hop)
        self.kernel = nn.Parameter(by_hop.transpose(1, 2).unsqueeze(2))
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map samples f32[1, 1, T] to f32[1, C, T']; mask f32[1, T, 1].

        A bias of the convolution would go with the mean, and does not count.
        """
        count = (x.shape[-1] - self.window) // self.hop + 1
        rows = count + self.pieces - 1
        x = F.pad(x, (0, max(0, rows * self.hop - x.shape[-1])))
        hops = x[..., : rows * self.hop].reshape(rows, self.hop)
        scale, shift = self._affine(hops, mask[:, self.ends].reshape(1, count))
        mixed = conv_over_frames(hops.unsqueeze(0), self.kernel)
        return self.activation(mixed * scale + shift).transpose(1, 2)

    def _affine(self, hops: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What each channel has to be multiplied by, and what is to be added: f32[C] both."""
        count = mask.shape[1]
        windows = torch.cat([hops[i : i + count] for i in range(self.pieces)], dim=-1)
        turned = (windows[:, : self.window] @ self.basis.t()).t()
        real = mask.sum(1, keepdim=True).clamp(min=1.0)
        mean = (turned * mask).sum(1, keepdim=True) / real
        centred = (turned - mean) * mask
        covariance = torch.einsum("in,jn->ij", centred, centred) / real
        variance = ((self.turned @ covariance) * self.turned).sum(-1)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return scale, self.bias - (self.turned * mean.reshape(1, -1)).sum(-1) * scale


class CentredConv(nn.Module):
    """A convolution and a LayerNorm of its channels, whose mean its weights have taken away."""

    def __init__(self, plain: ConvLayer, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.eps, self.activation, self.conv = norm.eps, plain.activation, deepcopy(plain.conv)
        with torch.no_grad():
            self.conv.weight -= self.conv.weight.mean(0, keepdim=True)
            if self.conv.bias is not None:
                self.conv.bias -= self.conv.bias.mean()
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, C, T] to f32[1, C', T']."""
        x = _applied(self.conv, x.transpose(1, 2))
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)
        return self.activation(x * scale * self.weight + self.bias).transpose(1, 2)


def _cosines(length: int) -> Tensor:
    """The orthonormal cosine transform (DCT-II) as a matrix f32[length, length]."""
    steps = torch.arange(length)
    angles = (steps + 0.5) * steps.unsqueeze(1) * (math.pi / length)
    basis = torch.cos(angles) * math.sqrt(2.0 / length)
    basis[0] /= math.sqrt(2.0)
    return basis
