"""Multi-head self-attention, with WavLM's gated relative position bias where there is one."""

import math

import torch
from torch import Tensor, nn

from training.attention import attention_bias
from training.pretrained.config import PretrainedConfig


class Attention(nn.Module):
    """Self-attention over the real frames, without a norm of its own."""

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        dim = config.dim
        self.heads = config.heads
        self.padding_bias = -1e4
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)
        self.relative = GatedDistances(config) if config.relative_buckets else None
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; keys where mask [B, N, 1] is 0 weigh nothing."""
        parts = (self.query, self.key, self.value)
        query, key, value = (split_heads(part(x), self.heads) for part in parts)
        affinity = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        if self.relative is not None:
            affinity = affinity + self.relative(split_heads(x, self.heads))
        affinity = affinity + attention_bias(mask, self.padding_bias).to(query.dtype)
        mixed = self.dropout(affinity.softmax(-1)) @ value
        joined: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return joined


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Cut f32[B, N, dim] into f32[B, heads, N, dim / heads]."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


class GatedDistances(nn.Module):
    """WavLM's bias (arXiv 2110.13900, eq. 4–6): learnt per distance, gated by each query.

    Published WavLM has one table of distances for all blocks; here each block has a copy, so that
    it stands alone.
    """

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        self.table = nn.Embedding(config.relative_buckets, config.heads)
        self.gate = nn.Linear(config.dim // config.heads, 8)
        self.gate_scale = nn.Parameter(torch.ones(1, config.heads, 1, 1))
        self.buckets, self.farthest = config.relative_buckets, config.relative_distance

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[B, heads, N, dim / heads] to a bias f32[B, heads, N, N]."""
        length = x.shape[2]
        gates = self.gate(x)
        update, reset = (
            torch.sigmoid(half.sum(-1, keepdim=True)) for half in gates.chunk(2, dim=-1)
        )
        gate = update * (reset * self.gate_scale - 1.0) + 2.0
        ahead, behind = torch.arange(length + 1), torch.arange(1 - length, 0)
        distances = torch.cat((ahead, behind)).to(x.device)
        biases = self.table(bucket_of(distances, self.buckets, self.farthest)).t()
        gated: Tensor = gate * _by_difference(biases)
        return gated


def bucket_of(distances: Tensor, buckets: int, farthest: int) -> Tensor:
    """T5's buckets (arXiv 1910.10683): half for keys behind a query, half for those ahead.

    Of each half, the first half are single distances, the others grow logarithmically up to
    `farthest`.
    """
    half = buckets // 2
    exact = half // 2
    size = distances.abs()
    grown = torch.log(size.clamp(min=1).float() / exact) / math.log(farthest / exact)
    far = (exact + grown * (half - exact)).long().clamp(max=half - 1)
    return (distances > 0).long() * half + torch.where(size < exact, size, far)


def _by_difference(values: Tensor) -> Tensor:
    """Lay values f32[heads, 2N] of the differences 0 … N, 1 − N … −1 out as f32[heads, N, N].

    Repeated and cut into rows of 2N − 1, the values slip by one place from row to row: row i
    begins with that of −i. No index is gathered, and no table of N × N is kept in a file.
    """
    heads, width = values.shape
    length = width // 2
    repeated = values.unsqueeze(1).expand(heads, length, width).flatten(1)
    rows = repeated[:, : length * (width - 1)].reshape(heads, length, width - 1)
    return rows[:, :, :length]
