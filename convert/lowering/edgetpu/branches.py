"""Branches, with the norms that some begin with."""

from torch import Tensor, nn

from convert.lowering.edgetpu.attention import TpuSelfAttention
from convert.lowering.edgetpu.framewise import PlainNorm, PointwiseConv, ScaledNorm, silu
from convert.lowering.frames import conv_over_frames
from training.branches import ConvBranch, LinearBranch, SelfAttentionBranch
from training.pretrained.model import NormedBranch


class TpuConvBranch(nn.Module):
    """`ConvBranch` with frames kept before channels."""

    def __init__(self, plain: ConvBranch) -> None:
        super().__init__()
        self.kernel = nn.Parameter(plain.depthwise.weight.detach().unsqueeze(2))
        self.bias, self.padding = plain.depthwise.bias, int(plain.depthwise.padding[0])
        self.norm = PlainNorm(plain.norm)
        self.out = PointwiseConv(plain.out, plain.norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to logits f32[1, N, V]."""
        mixed = conv_over_frames(
            x * mask, self.kernel, self.bias, padding=self.padding, groups=x.shape[-1]
        )
        logits: Tensor = self.out(self.norm(silu(mixed) + x))
        return logits


class TpuSelfAttentionBranch(nn.Module):
    """`SelfAttentionBranch`, its attention head by head."""

    def __init__(self, plain: SelfAttentionBranch) -> None:
        super().__init__()
        self.attention = TpuSelfAttention(plain.attention)
        self.norm = PlainNorm(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract, self.out = PointwiseConv(plain.contract), PointwiseConv(plain.out)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to logits f32[1, N, V]."""
        x = x + self.attention(x, mask)
        x = x + self.contract(silu(self.expand(self.norm(x))))
        logits: Tensor = self.out(x)
        return logits


class TpuNormedLinear(nn.Module):
    """A `LinearBranch`, and the norm before it in its weights."""

    def __init__(self, norm: nn.LayerNorm, head: LinearBranch) -> None:
        super().__init__()
        self.norm, self.out = PlainNorm(norm), PointwiseConv(head.out, norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to logits f32[1, N, V]; the mask is not needed."""
        logits: Tensor = self.out(self.norm(x))
        return logits


class TpuNormedBranch(nn.Module):
    """A norm, and a branch of another kind behind it."""

    def __init__(self, norm: nn.LayerNorm, head: nn.Module) -> None:
        super().__init__()
        self.norm, self.head = ScaledNorm(norm), head

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to logits f32[1, N, V]."""
        logits: Tensor = self.head(self.norm(x), mask)
        return logits


def lowered_normed_branch(plain: NormedBranch) -> nn.Module:
    """Return what computes the same as a branch behind a norm."""
    if isinstance(plain.head, LinearBranch):
        return TpuNormedLinear(plain.norm, plain.head)
    head: nn.Module
    if isinstance(plain.head, ConvBranch):
        head = TpuConvBranch(plain.head)
    else:
        assert isinstance(plain.head, SelfAttentionBranch)
        head = TpuSelfAttentionBranch(plain.head)
    return TpuNormedBranch(plain.norm, head)
