"""Forms that TFLite's CPU delegate (XNNPACK) runs fastest.

It takes a block whole or in pieces: each operator that it does not have, and each transpose that
nothing needs, costs as much as a small matrix product.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.frames import FoldedDepthwise
from training.attention import SelfAttention, attention_bias
from training.conformer import ConvModule
from training.pretrained.attention import Attention, split_heads


class MergedAttention(nn.Module):
    """Attention with one product for query, key and value, and keys that stay untransposed.

    One product quantises its input once instead of three times; the scale of the query lies in
    its weights.
    """

    def __init__(self, plain: SelfAttention | Attention) -> None:
        super().__init__()
        self.heads, self.padding_bias = plain.heads, plain.padding_bias
        self.norm = plain.norm if isinstance(plain, SelfAttention) else nn.Identity()
        self.relative = plain.relative if isinstance(plain, Attention) else None
        self.out = plain.out
        parts = plain.query, plain.key, plain.value
        dim = plain.query.out_features
        scale = (dim // plain.heads) ** -0.5
        self.merged = nn.Linear(plain.query.in_features, 3 * dim)
        with torch.no_grad():
            self.merged.weight.copy_(torch.cat([part.weight for part in parts]))
            self.merged.bias.copy_(torch.cat([part.bias for part in parts]))
            self.merged.weight[:dim] *= scale
            self.merged.bias[:dim] *= scale

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; keys where mask [B, N, 1] is 0 weigh nothing."""
        x = self.norm(x)
        merged = self.merged(x)
        split = merged.reshape(*x.shape[:2], 3 * self.heads, -1).transpose(1, 2)
        query, key, value = split.split(self.heads, dim=1)
        # As an einsum it becomes a product with a transposed operand, not a transpose beside one.
        affinity = torch.einsum("bhqd,bhkd->bhqk", query, key)
        if self.relative is not None:
            affinity = affinity + self.relative(split_heads(x, self.heads))
        weights = (affinity + attention_bias(mask, self.padding_bias)).softmax(-1)
        joined: Tensor = self.out((weights @ value).transpose(1, 2).flatten(2))
        return joined


class FoldedConvModule(nn.Module):
    """`ConvModule` with its batch norm folded away, and frames kept before features."""

    def __init__(self, plain: ConvModule) -> None:
        super().__init__()
        self.norm, self.expand, self.contract = plain.norm, plain.expand, plain.contract
        self.depthwise = FoldedDepthwise(plain.depthwise, plain.batch_norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape; padded frames enter the convolution as zeros."""
        x = F.glu(self.expand(self.norm(x)), dim=-1) * mask
        contracted: Tensor = self.contract(F.silu(self.depthwise(x)))
        return contracted
