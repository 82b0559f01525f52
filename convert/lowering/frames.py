"""Convolutions over frames, with frames kept before channels: TFLite's own layout."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.conformer import MaskedBatchNorm


def conv_over_frames(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> Tensor:
    """Convolve f32[B, T, C] by `kernel` [C', C / groups, 1, k], as over [B, 1, T, C].

    Returns f32[B, T', C'].
    """
    mixed = F.conv2d(
        x.unsqueeze(1).permute(0, 3, 1, 2),
        kernel,
        bias,
        stride=(1, stride),
        padding=(0, padding),
        groups=groups,
    )
    return mixed.permute(0, 2, 3, 1).squeeze(1)


class FoldedDepthwise(nn.Module):
    """A depthwise convolution with the batch norm behind it in its weights."""

    def __init__(self, depthwise: nn.Conv1d, norm: MaskedBatchNorm) -> None:
        super().__init__()
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        kernel = depthwise.weight * scale[:, None, None]
        self.kernel = nn.Parameter(kernel.detach().unsqueeze(2))
        self.bias = nn.Parameter((norm.bias - norm.running_mean * scale).detach())
        self.padding = int(depthwise.padding[0])

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[B, N, dim] to the same shape."""
        return conv_over_frames(x, self.kernel, self.bias, padding=self.padding, groups=x.shape[-1])
