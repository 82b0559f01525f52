"""Forms made of operators that the Edge TPU has, in int8 throughout.

It knows no product of two activations, no softmax over more than one dimension, no exponential and
no division; its tensors have at most three dimensions larger than 1, and 256 levels. What takes
their place here, and why in this form, is said with each.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.frames import FoldedDepthwise, conv_over_frames
from training.conformer import ConformerBlock, ConvModule, FeedForward, FrontEnd, SelfAttention

FARTHEST = 6.0
"""How far below the largest affinity of a frame another may lie and still be told apart: e^-6 is
below the smallest step of the weights in 256 levels, and 6 is where a fused ReLU6 ends."""
_UNREAL = -8.0
"""Affinity of a frame to padding: low enough not to be the largest, and within the range that real
ones have, which a lower one would widen and make coarser."""

_SMALL = 0.125
"""Weights of attention, of which the largest is 1, up to this are summed apart."""


class PointwiseConv(nn.Module):
    """A Linear as a 1 × 1 convolution, which takes many frames and a scale for each channel.

    The weights of a `norm` before it, and the factor `gain`, go into its own.
    """

    def __init__(
        self,
        linear: nn.Linear,
        norm: nn.LayerNorm | None = None,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        weight, bias = linear.weight.detach(), linear.bias.detach()
        if norm is not None:
            bias = bias + weight @ norm.bias
            weight = weight * norm.weight
        self.weight = nn.Parameter((gain * weight).detach()[:, :, None, None])
        self.bias = nn.Parameter((gain * bias).detach())

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, in] to f32[1, N, out]."""
        return conv_over_frames(x, self.weight, self.bias)


class PlainNorm(nn.Module):
    """A LayerNorm without weights: they go into what follows it.

    The mean is taken away before the product, so that the product has one range, not two that
    cancel.
    """

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.eps = norm.eps

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to mean 0 and deviation 1 in every frame."""
        centred = x - x.mean(-1, keepdim=True)
        return centred * torch.rsqrt((centred * centred).mean(-1, keepdim=True) + self.eps)


class ScaledNorm(nn.Module):
    """A LayerNorm that nothing follows."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.plain = PlainNorm(norm)
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        scaled: Tensor = self.plain(x) * self.weight + self.bias
        return scaled


class TpuFeedForward(nn.Module):
    """`FeedForward`, and the half that the block gives it."""

    def __init__(self, plain: FeedForward, gain: float) -> None:
        super().__init__()
        self.norm = PlainNorm(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract, gain=gain)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        contracted: Tensor = self.contract(silu(self.expand(self.norm(x))))
        return contracted


class TpuSelfAttention(nn.Module):
    """`SelfAttention`, head by head: a product of activations is a Mul and a Sum over it."""

    def __init__(self, plain: SelfAttention) -> None:
        super().__init__()
        self.heads = plain.heads
        width = plain.query.out_features // plain.heads
        self.norm = PlainNorm(plain.norm)
        self.query = PointwiseConv(plain.query, plain.norm, gain=width**-0.5)
        self.key = PointwiseConv(plain.key, plain.norm)
        self.value = PointwiseConv(plain.value, plain.norm)
        self.out = PointwiseConv(plain.out)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; keys where mask [1, N, 1] is 0 weigh nothing."""
        x = self.norm(x)
        real = mask.reshape(1, 1, -1)
        padding = (1.0 - real) * _UNREAL
        heads = zip(
            *(part(x).split(x.shape[-1] // self.heads, -1) for part in self._parts()), strict=True
        )
        mixed = [
            weighted_mean(powers(affinities(query, key) * real + padding, real), value)
            for query, key, value in heads
        ]
        joined: Tensor = self.out(torch.cat(mixed, -1))
        return joined

    def _parts(self) -> tuple[nn.Module, nn.Module, nn.Module]:
        return self.query, self.key, self.value


class TpuConvModule(nn.Module):
    """`ConvModule` with its batch norm in the depthwise convolution, and the gate in two parts."""

    def __init__(self, plain: ConvModule) -> None:
        super().__init__()
        self.norm = PlainNorm(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract)
        self.depthwise = FoldedDepthwise(plain.depthwise, plain.batch_norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; padded frames enter the convolution as zeros."""
        passed, gate = self.expand(self.norm(x)).split(x.shape[-1], -1)
        x = passed * torch.sigmoid(gate) * mask
        contracted: Tensor = self.contract(silu(self.depthwise(x)))
        return contracted


class TpuConformerBlock(nn.Module):
    """`ConformerBlock` in operators of the Edge TPU, for one utterance at a time."""

    def __init__(self, plain: ConformerBlock) -> None:
        super().__init__()
        self.feed_forward1 = TpuFeedForward(plain.feed_forward1, gain=0.5)
        self.attention = TpuSelfAttention(plain.attention)
        self.conv = TpuConvModule(plain.conv)
        self.feed_forward2 = TpuFeedForward(plain.feed_forward2, gain=0.5)
        self.norm = ScaledNorm(plain.norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        x = x + self.feed_forward1(x)
        x = x + self.attention(x, mask)
        x = x + self.conv(x, mask)
        x = x + self.feed_forward2(x)
        normed: Tensor = self.norm(x)
        return normed


class TpuFrontEnd(nn.Module):
    """`FrontEnd` with every second value of the mask taken by a slice, not by a stride."""

    def __init__(self, plain: FrontEnd) -> None:
        super().__init__()
        self.conv1, self.conv2 = plain.conv1, plain.conv2
        self.project = PointwiseConv(plain.project)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, T, n_mels], mask [1, T, 1] and even T to f32[1, ceil(T / 4), dim]."""
        x = F.relu(self.conv1((features * mask).unsqueeze(1)))
        x = x * mask.reshape(1, 1, -1, 2)[..., :1]
        x = F.relu(self.conv2(x))
        projected: Tensor = self.project(x.permute(0, 2, 3, 1).flatten(2))
        return projected


def silu(x: Tensor) -> Tensor:
    """x · σ(x), as two operators."""
    return x * torch.sigmoid(x)


def affinities(query: Tensor, key: Tensor) -> Tensor:
    """Products f32[1, N, N] of f32[1, N, d] with each other, by Mul and Sum."""
    return (query.unsqueeze(2) * key.unsqueeze(1)).sum(-1)


def powers(affinity: Tensor, real: Tensor) -> Tensor:
    """e to the power of f32[1, N, N] less each row's largest; 0 where `real` [1, 1, N] is 0.

    With w = largest − x ≥ 0 and b = σ(w) between ½ and 1, e^-w = 1 / b − 1, and 1 / b is the square
    of rsqrt(b). What lies more than `FARTHEST` below the largest is taken for that far.
    """
    # ai-edge-quantizer knows no REDUCE_MAX.
    largest = F.max_pool2d(affinity.unsqueeze(1), (1, affinity.shape[-1])).squeeze(1)
    root = torch.rsqrt(torch.sigmoid(F.relu6(largest - affinity)))
    return (root * root - 1.0) * real


def weighted_mean(weights: Tensor, value: Tensor) -> Tensor:
    """Return f32[1, N, d]: means of `value` f32[1, N, d] weighed by f32[1, N, N] from 0 to 1.

    Many weights are small, a few are large. The products of both at the steps that the largest
    needs would lose what the many small ones add up to; so each kind is summed by itself.
    """
    beyond = F.relu(weights - _SMALL)
    summed = sum_of_products(weights - beyond, value) + sum_of_products(beyond, value)
    return summed * inverse_total(weights)


def sum_of_products(weights: Tensor, value: Tensor) -> Tensor:
    """Return f32[1, N, d] from f32[1, N, N] and f32[1, N, d], by Mul and Sum."""
    return (weights.unsqueeze(-1) * value.unsqueeze(1)).sum(2)


def inverse_total(weights: Tensor) -> Tensor:
    """Return f32[1, N, 1]: 1 over the sums of f32[1, N, N] over its last dimension.

    A sum s lies between 1 and N, and near 1 needs steps finer than N / 256. So it is taken twice,
    once by a convolution that ends at 6 (ReLU6), and once in sixths from 1 up:
    s = min(s, 6) · max(s / 6, 1). The inverse is the square of rsqrt.
    """
    low = F.relu6(_total(weights, 1.0))
    high = torch.clamp(_total(weights, 1.0 / FARTHEST), min=1.0)
    root = torch.rsqrt(low) * torch.rsqrt(high)
    return root * root


def _total(weights: Tensor, factor: float) -> Tensor:
    """Sum f32[1, N, N] over its last dimension by a 1 × 1 convolution, to f32[1, N, 1]."""
    factors = torch.full((1, weights.shape[-1], 1, 1), factor)
    return conv_over_frames(weights, factors)
