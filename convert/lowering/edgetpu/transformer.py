"""The transformer blocks of HuBERT and its relatives."""

from torch import Tensor, nn

from convert.lowering.edgetpu.attention import TpuAttention
from convert.lowering.edgetpu.framewise import (
    Affine,
    PlainNorm,
    PointwiseConv,
    UnitDeviation,
    mapped,
)
from training.pretrained.block import TransformerBlock


def lowered_block(plain: TransformerBlock) -> nn.Module:
    """Return what computes the same as `plain`, for one utterance at a time."""
    return TpuPreNormBlock(plain) if plain.pre_norm else TpuPostNormBlock(plain)


class TpuExpansion(nn.Module):
    """Expansion and contraction of frames that a norm without its weights has put out."""

    def __init__(self, plain: TransformerBlock, norm: nn.LayerNorm, centred: bool) -> None:
        super().__init__()
        self.activation, gain = mapped(plain.activation)
        self.expand = PointwiseConv(plain.expand, norm, gain=gain)
        self.contract = PointwiseConv(plain.contract, taken=gain, centred=centred)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        contracted: Tensor = self.contract(self.activation(self.expand(x)))
        return contracted


class TpuPreNormBlock(nn.Module):
    """A block that normalises what it reads.

    What both parts add is summed by itself, in finer steps than those of the frames.
    """

    def __init__(self, plain: TransformerBlock) -> None:
        super().__init__()
        assert plain.feed_forward_norm is not None
        self.attention_norm = PlainNorm(plain.attention_norm)
        self.attention = TpuAttention(plain.attention, plain.attention_norm)
        self.expansion_norm = PlainNorm(plain.feed_forward_norm)
        self.expansion = TpuExpansion(plain, plain.feed_forward_norm, centred=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        added = self.attention(self.attention_norm(x), mask)
        added = added + self.expansion(self.expansion_norm(x + added))
        summed: Tensor = x + added
        return summed


class TpuPostNormBlock(nn.Module):
    """A block that normalises what it puts out, and perhaps what the block before did not.

    A norm's output passes by what reads it, on a residual connection. Only there does it have the
    norm's weights, as a convolution; elsewhere they go into what follows. The mean is taken from
    what is added, whose steps are finer, and of which only the frame's own is not 0.
    """

    def __init__(self, plain: TransformerBlock) -> None:
        super().__init__()
        entry, between, last = plain.entry_norm, plain.attention_norm, plain.feed_forward_norm
        self.entry = None if entry is None else PlainNorm(entry)
        self.entry_affine = None if entry is None else Affine(entry.weight, entry.bias)
        self.attention = TpuAttention(plain.attention, entry, centred=True)
        self.between = UnitDeviation(between)
        self.between_affine = Affine(between.weight, between.bias)
        self.expansion = TpuExpansion(plain, between, centred=last is not None)
        self.last = None if last is None else UnitDeviation(last)
        self.last_affine = None if last is None else Affine(last.weight, last.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        read = x
        if self.entry is not None and self.entry_affine is not None:
            read = self.entry(x)
            x = self.entry_affine(read)
        read = self.between(_centred_sum(x, self.attention(read, mask)))
        x = self.between_affine(read)
        added: Tensor = self.expansion(read)
        if self.last is None or self.last_affine is None:
            return x + added
        normed: Tensor = self.last_affine(self.last(_centred_sum(x, added)))
        return normed


def _centred_sum(x: Tensor, added: Tensor) -> Tensor:
    """Add to frames f32[1, N, dim] what has mean 0, and take their own mean away."""
    return x + (added - x.mean(-1, keepdim=True))
