"""A transformer block, normalising what it reads (pre-norm) or what it puts out (post-norm)."""

from torch import Tensor, nn

from training.pretrained.attention import Attention
from training.pretrained.config import PretrainedConfig
from training.pretrained.frontend import ACTIVATIONS


class TransformerBlock(nn.Module):
    """Attention, then expansion and contraction of each frame, each beside a residual connection.

    In a post-norm encoder whose branches read what is not normalised yet, `entry_norm` is the
    norm that would have ended the block before, and `feed_forward_norm` is missing.
    """

    def __init__(self, config: PretrainedConfig, depth: int) -> None:
        super().__init__()
        self.pre_norm = config.pre_norm
        before = not config.pre_norm and config.attach == "before_norm"
        self.entry_norm = _norm(config) if before and depth > 1 else None
        self.attention = Attention(config)
        self.attention_norm = _norm(config)
        self.expand = nn.Linear(config.dim, config.ff_dim)
        self.contract = nn.Linear(config.ff_dim, config.dim)
        self.feed_forward_norm = None if before else _norm(config)
        self.activation = ACTIVATIONS[config.activation]
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to f32[B, N, dim]."""
        if self.pre_norm:
            x = x + self.dropout(self.attention(self.attention_norm(x), mask))
            assert self.feed_forward_norm is not None
            return x + self._feed_forward(self.feed_forward_norm(x))
        if self.entry_norm is not None:
            x = self.entry_norm(x)
        x = self.attention_norm(x + self.dropout(self.attention(x, mask)))
        x = x + self._feed_forward(x)
        return x if self.feed_forward_norm is None else self.feed_forward_norm(x)

    def _feed_forward(self, x: Tensor) -> Tensor:
        expanded = self.dropout(self.activation(self.expand(x)))
        contracted: Tensor = self.dropout(self.contract(expanded))
        return contracted


def _norm(config: PretrainedConfig) -> nn.LayerNorm:
    return nn.LayerNorm(config.dim, eps=config.norm_eps)
