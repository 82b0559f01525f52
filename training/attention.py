"""Attention that sees real frames only."""

from torch import Tensor, nn


class SelfAttention(nn.Module):
    """Multi-head self-attention over the real frames."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.padding_bias = -1e4
        self.norm = nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; keys where mask [B, N, 1] is 0 weigh nothing."""
        x = self.norm(x)
        query, key, value = (self._split(part(x)) for part in (self.query, self.key, self.value))
        bias = attention_bias(mask, self.padding_bias).to(query.dtype)
        affinity = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1) + bias
        mixed = affinity.softmax(-1) @ value
        joined: Tensor = self.dropout(self.out(mixed.transpose(1, 2).flatten(2)))
        return joined

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


def attention_bias(mask: Tensor, padded: float) -> Tensor:
    """Turn mask [B, N, 1] into a bias [B, 1, 1, N]: 0 on real keys, `padded` elsewhere."""
    return (1.0 - mask).transpose(1, 2).unsqueeze(1) * padded
