"""Attention head by head: a product of activations is a Mul, and a convolution that sums it."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.edgetpu.framewise import PlainNorm, PointwiseConv
from convert.lowering.frames import conv_over_frames
from training.attention import SelfAttention
from training.pretrained.attention import Attention, GatedDistances, bucket_of

FARTHEST = 6.0
"""How far below the largest affinity of a frame another may lie and still be told apart: e^-6 is
below the smallest step of the weights in 256 levels, and 6 is where a fused ReLU6 ends."""
_UNREAL = -8.0
"""Affinity of a frame to padding: low enough not to be the largest, and within the range that real
ones have, which a lower one would widen and make coarser."""

_SMALL = 0.125
"""Weights of attention, of which the largest is 1, up to this are summed apart."""


class TpuAttention(nn.Module):
    """`Attention` without a norm of its own; the weights of the `norm` before it go into its own.

    What is the same for all keys of a query leaves a softmax as it is, and so does any bias of
    the keys: it is left out, which keeps affinities in a narrower range. A bias of the values is in
    their mean, whatever the weights: it is added behind.
    """

    def __init__(
        self,
        plain: SelfAttention | Attention,
        norm: nn.LayerNorm | None = None,
        centred: bool = False,
    ) -> None:
        super().__init__()
        self.heads = plain.heads
        width = plain.query.out_features // plain.heads
        self.query = PointwiseConv(plain.query, norm, gain=width**-0.5)
        self.key = PointwiseConv(plain.key, norm)
        nn.init.zeros_(self.key.bias)
        self.value = PointwiseConv(plain.value, norm)
        self.out = PointwiseConv(plain.out, centred=centred)
        with torch.no_grad():
            self.out.bias.add_(self.out.weight.flatten(1) @ self.value.bias)
        nn.init.zeros_(self.value.bias)
        relative = plain.relative if isinstance(plain, Attention) else None
        self.relative = TpuGatedDistances(relative, norm) if relative is not None else None

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; keys where mask [1, N, 1] is 0 weigh nothing."""
        real = mask.reshape(1, 1, -1)
        padding = (1.0 - real) * _UNREAL
        query, key, value = (
            part(x).chunk(self.heads, -1) for part in (self.query, self.key, self.value)
        )
        near = self.relative(x) if self.relative is not None else None
        mixed = []
        for head in range(self.heads):
            affinity = affinities(query[head], key[head])
            if near is not None:
                affinity = affinity + near[head]
            weights = powers(affinity * real + padding, real)
            mixed.append(weighted_mean(weights, value[head]))
        joined: Tensor = self.out(torch.cat(mixed, -1))
        return joined


class TpuSelfAttention(nn.Module):
    """`SelfAttention`, which begins with a norm."""

    def __init__(self, plain: SelfAttention) -> None:
        super().__init__()
        self.norm = PlainNorm(plain.norm)
        self.attention = TpuAttention(plain, plain.norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; keys where mask [1, N, 1] is 0 weigh nothing."""
        mixed: Tensor = self.attention(self.norm(x), mask)
        return mixed


class TpuGatedDistances(nn.Module):
    """`GatedDistances` with one convolution for the gates of all heads, and tables as constants."""

    def __init__(self, plain: GatedDistances, norm: nn.LayerNorm | None) -> None:
        super().__init__()
        self.heads = plain.table.embedding_dim
        self.gates = PointwiseConv(_gates_of_all_heads(plain.gate, self.heads), norm)
        self.scale = nn.Parameter(plain.gate_scale.detach().reshape(-1))
        reach = plain.farthest
        buckets = bucket_of(torch.arange(-reach, reach + 1), plain.buckets, reach)
        self.reach, self.by_distance = reach, plain.table.weight.detach()[buckets].numpy()

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map f32[1, N, dim] to a bias f32[1, N, N] for each head."""
        update, reset = torch.sigmoid(self.gates(x)).chunk(2, -1)
        gate = (update * (reset * self.scale - 1.0) + 2.0).chunk(self.heads, -1)
        places = np.arange(x.shape[1])
        distances = np.clip(places - places[:, None], -self.reach, self.reach)
        tables = self.by_distance[distances + self.reach]
        return [gate[head] * torch.tensor(tables[None, ..., head]) for head in range(self.heads)]


def _gates_of_all_heads(gate: nn.Linear, heads: int) -> nn.Linear:
    """Return what maps all heads side by side to each one's two sums, first sums before second."""
    width = gate.in_features
    both = nn.Linear(heads * width, 2 * heads)
    with torch.no_grad():
        both.weight.zero_()
        for half, (weight, bias) in enumerate(
            zip(gate.weight.chunk(2), gate.bias.chunk(2), strict=True)
        ):
            for head in range(heads):
                row = half * heads + head
                both.weight[row, head * width : (head + 1) * width] = weight.sum(0)
                both.bias[row] = bias.sum()
    return both


def affinities(query: Tensor, key: Tensor) -> Tensor:
    """Products f32[1, N, N] of f32[1, N, d] with each other."""
    return _sum(query.unsqueeze(2) * key.unsqueeze(1))


def powers(affinity: Tensor, real: Tensor) -> Tensor:
    """e to the power of f32[1, N, N] less each row's largest; 0 where `real` [1, 1, N] is 0.

    With w = largest − x ≥ 0, e^-w = σ(−w) / σ(w); 1 / σ(w), between 1 and 2, is the square of
    rsqrt(σ(w)). What lies more than `FARTHEST` below the largest is taken for that far. (1 / σ(w)
    less 1 is the same, but rounds small powers in the steps of large ones.)
    """
    # ai-edge-quantizer knows no REDUCE_MAX.
    largest = F.max_pool2d(affinity.unsqueeze(1), (1, affinity.shape[-1])).squeeze(1)
    below = F.relu6(largest - affinity)
    root = torch.rsqrt(torch.sigmoid(below))
    return torch.sigmoid(below * -1.0) * root * root * real


def weighted_mean(weights: Tensor, value: Tensor) -> Tensor:
    """Return f32[1, N, d]: means of `value` f32[1, N, d] weighed by f32[1, N, N] from 0 to 1.

    Many weights are small, a few are large. The products of both at the steps that the largest
    needs would lose what the many small ones add up to; so each kind is summed by itself.
    """
    beyond = F.relu(weights - _SMALL)
    summed = sum_of_products(weights - beyond, value) + sum_of_products(beyond, value)
    low, high = inverse_total(weights)
    return summed * low * high


def sum_of_products(weights: Tensor, value: Tensor) -> Tensor:
    """Return f32[1, N, d] from f32[1, N, N] and f32[1, N, d]."""
    return _sum(weights.unsqueeze(2) * value.transpose(1, 2).unsqueeze(1))


def inverse_total(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return two factors f32[1, N, 1] of 1 over the sums of f32[1, N, N] over its last dimension.

    A sum s lies between 1 and N, and near 1 needs steps finer than N / 256. So it is taken twice,
    once by a convolution that ends at 6 (ReLU6), and once in sixths from 1 up:
    s = min(s, 6) · max(s / 6, 1). The inverse of each is the square of its rsqrt; their product
    would be small, and in steps too coarse for it.
    """
    low = torch.rsqrt(F.relu6(_total(weights, 1.0)))
    high = torch.rsqrt(torch.clamp(_total(weights, 1.0 / FARTHEST), min=1.0))
    return low * low, high * high


def _total(weights: Tensor, factor: float) -> Tensor:
    """Sum f32[1, N, N] over its last dimension by a 1 × 1 convolution, to f32[1, N, 1]."""
    factors = torch.full((1, weights.shape[-1], 1, 1), factor)
    return conv_over_frames(weights, factors)


def _sum(products: Tensor) -> Tensor:
    """Sum f32[1, N, M, d] over its last dimension by a 1 × 1 convolution, to f32[1, N, M].

    Where SUM leaves its range, TFLite's reference kernel goes on at the other end.
    """
    ones = torch.ones(1, products.shape[-1], 1, 1)
    return F.conv2d(products.permute(0, 3, 1, 2), ones).squeeze(1)
