"""The Conformer's blocks and front end."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.edgetpu.attention import TpuSelfAttention
from convert.lowering.edgetpu.framewise import PlainNorm, PointwiseConv, ScaledNorm, silu
from convert.lowering.frames import FoldedDepthwise
from training.conformer import ConformerBlock, ConvModule, FeedForward, FrontEnd


class TpuFeedForward(nn.Module):
    """`FeedForward`, and the half that the block gives it."""

    def __init__(self, plain: FeedForward, gain: float) -> None:
        super().__init__()
        self.norm = PlainNorm(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract, gain=gain)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        contracted: Tensor = self.contract(silu(self.expand(self.norm(x))))
        return contracted


class TpuConvModule(nn.Module):
    """`ConvModule` with its batch norm in the depthwise convolution, and the gate in two parts."""

    def __init__(self, plain: ConvModule) -> None:
        super().__init__()
        self.norm = PlainNorm(plain.norm)
        self.expand = PointwiseConv(plain.expand, plain.norm)
        self.contract = PointwiseConv(plain.contract)
        self.depthwise = FoldedDepthwise(plain.depthwise, plain.batch_norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape; padded frames enter the convolution as zeros."""
        passed, gate = self.expand(self.norm(x)).split(x.shape[-1], -1)
        x = passed * torch.sigmoid(gate) * mask
        contracted: Tensor = self.contract(silu(self.depthwise(x)))
        return contracted


class TpuConformerBlock(nn.Module):
    """`ConformerBlock` in operators of the Edge TPU, for one utterance at a time."""

    def __init__(self, plain: ConformerBlock) -> None:
        super().__init__()
        self.feed_forward1 = TpuFeedForward(plain.feed_forward1, gain=0.5)
        self.attention = TpuSelfAttention(plain.attention)
        self.conv = TpuConvModule(plain.conv)
        self.feed_forward2 = TpuFeedForward(plain.feed_forward2, gain=0.5)
        self.norm = ScaledNorm(plain.norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[1, N, dim] and mask [1, N, 1] to f32[1, N, dim]."""
        x = x + self.feed_forward1(x)
        x = x + self.attention(x, mask)
        x = x + self.conv(x, mask)
        x = x + self.feed_forward2(x)
        normed: Tensor = self.norm(x)
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
