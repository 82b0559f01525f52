"""Branches: the small networks that turn a block's output into logits over the vocabulary."""

from typing import Literal, get_args

from torch import Tensor, nn

from training.attention import SelfAttention

BranchKind = Literal["linear", "conv", "self_attention"]


class LinearBranch(nn.Module):
    """One Linear, as in Wright et al. 2023."""

    def __init__(self, dim: int, vocabulary: int) -> None:
        super().__init__()
        self.out = nn.Linear(dim, vocabulary)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to logits f32[B, N, V]; the mask is not needed."""
        logits: Tensor = self.out(x)
        return logits


class ConvBranch(nn.Module):
    """A depthwise convolution over 5 frames before the Linear."""

    def __init__(self, dim: int, vocabulary: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(dim, dim, 5, padding=2, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, vocabulary)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to logits f32[B, N, V]."""
        mixed = self.depthwise((x * mask).transpose(1, 2)).transpose(1, 2)
        logits: Tensor = self.out(self.norm(nn.functional.silu(mixed) + x))
        return logits


class SelfAttentionBranch(nn.Module):
    """A small transformer block before the Linear, as in HuBERT-EE (arXiv 2204.06328)."""

    def __init__(self, dim: int, vocabulary: int, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(dim, 4, dropout)
        self.norm = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, 2 * dim)
        self.contract = nn.Linear(2 * dim, dim)
        self.out = nn.Linear(dim, vocabulary)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to logits f32[B, N, V]."""
        x = x + self.attention(x, mask)
        x = x + self.contract(nn.functional.silu(self.expand(self.norm(x))))
        logits: Tensor = self.out(x)
        return logits


def make_branch(kind: BranchKind, dim: int, vocabulary: int, dropout: float) -> nn.Module:
    """Build one branch of the named kind."""
    if kind == "linear":
        return LinearBranch(dim, vocabulary)
    if kind == "conv":
        return ConvBranch(dim, vocabulary)
    if kind == "self_attention":
        return SelfAttentionBranch(dim, vocabulary, dropout)
    raise ValueError(f"unknown branch '{kind}', there are {', '.join(get_args(BranchKind))}")
