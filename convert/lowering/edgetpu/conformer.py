"""The Conformer's blocks and front end."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.edgetpu.attention import TpuAttention
from convert.lowering.edgetpu.framewise import Affine, PointwiseConv, UnitDeviation, silu
from convert.lowering.frames import FoldedDepthwise
from training.conformer import ConformerBlock, ConvModule, FeedForward, FrontEnd


class TpuFeedForward(nn.Module):
    """`FeedForward`, and the half that the block gives it, from and to frames of mean 0."""

    def __init__(self, plain: FeedForward, gain: float) -> None:
        super().__init__()
        self.norm = UnitDeviation(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract, gain=gain, centred=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        contracted: Tensor = self.contract(silu(self.expand(self.norm(x))))
        return contracted


class TpuConvModule(nn.Module):
    """`ConvModule` with its batch norm in the depthwise convolution, and the gate in two parts.

    It maps frames of mean 0 to such.
    """

    def __init__(self, plain: ConvModule) -> None:
        super().__init__()
        self.norm = UnitDeviation(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract, centred=True)
        self.depthwise = FoldedDepthwise(plain.depthwise, plain.batch_norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; padded frames enter the convolution as zeros."""
        passed, gate = self.expand(self.norm(x)).split(x.shape[-1], -1)
        x = passed * torch.sigmoid(gate) * mask
        contracted: Tensor = self.contract(silu(self.depthwise(x)))
        return contracted


class TpuConformerBlock(nn.Module):
    """`ConformerBlock` in operators of the Edge TPU, for one utterance at a time.

    What its parts add is summed by itself, in finer steps than those of the frames that it is added
    to, and these are rounded once instead of four times. Only the mean of the block's input has to
    be taken away: the parts put out frames of mean 0, which no norm in the block can tell.
    """

    def __init__(self, plain: ConformerBlock) -> None:
        super().__init__()
        self.feed_forward1 = TpuFeedForward(plain.feed_forward1, gain=0.5)
        self.attention_norm = UnitDeviation(plain.attention.norm)
        self.attention = TpuAttention(plain.attention, plain.attention.norm, centred=True)
        self.conv = TpuConvModule(plain.conv)
        self.feed_forward2 = TpuFeedForward(plain.feed_forward2, gain=0.5)
        self.norm = UnitDeviation(plain.norm)
        self.affine = Affine(plain.norm.weight, plain.norm.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        mean = x.mean(-1, keepdim=True)
        added = self.feed_forward1(x - mean) - mean
        added = added + self.attention(self.attention_norm(x + added), mask)
        added = added + self.conv(x + added, mask)
        added = added + self.feed_forward2(x + added)
        normed: Tensor = self.affine(self.norm(x + added))
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
