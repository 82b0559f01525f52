"""The transformer blocks of HuBERT and its relatives."""

from torch import Tensor, nn

from convert.lowering.edgetpu.attention import TpuAttention
from convert.lowering.edgetpu.framewise import (
    Affine,
    PlainNorm,
    PointwiseConv,
    ScaledNorm,
    mapped,
)
from training.pretrained.block import TransformerBlock


class TpuTransformerBlock(nn.Module):
    """`TransformerBlock` in operators of the Edge TPU, for one utterance at a time.

    Where a norm's output passes by what reads it, on a residual connection, only that way has the
    norm's weights as a product and a sum; on the other they go into what follows.
    """

    def __init__(self, plain: TransformerBlock) -> None:
        super().__init__()
        self.pre_norm = plain.pre_norm
        before = plain.attention_norm if plain.pre_norm else plain.entry_norm
        between = plain.feed_forward_norm if plain.pre_norm else plain.attention_norm
        assert between is not None
        self.norm = None if before is None else PlainNorm(before)
        self.affine = None
        if before is not None and not plain.pre_norm:
            self.affine = Affine(before.weight, before.bias)
        self.attention = TpuAttention(plain.attention, before)
        self.second_norm = PlainNorm(between)
        self.second_affine = None
        if not plain.pre_norm:
            self.second_affine = Affine(between.weight, between.bias)
        self.activation, gain = mapped(plain.activation)
        self.expand = PointwiseConv(plain.expand, between, gain=gain)
        self.contract = PointwiseConv(plain.contract, taken=gain)
        last = None if plain.pre_norm else plain.feed_forward_norm
        self.last_norm = None if last is None else ScaledNorm(last)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        read = x if self.norm is None else self.norm(x)
        if self.affine is not None:
            x = self.affine(read)
        x = x + self.attention(read, mask)
        read = self.second_norm(x)
        if self.second_affine is not None:
            x = self.second_affine(read)
        x = x + self.contract(self.activation(self.expand(read)))
        return x if self.last_norm is None else self.last_norm(x)
