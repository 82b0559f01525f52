"""What is done to each frame by itself: a product with weights, a norm, an activation."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convert.lowering.frames import conv_over_frames
from training.pretrained.frontend import ACTIVATIONS

Function = Callable[[Tensor], Tensor]


class PointwiseConv(nn.Module):
    """A Linear as a 1 × 1 convolution, which takes many frames and a scale for each channel.

    The weights of a `norm` before it go into its own. What it puts out is `gain` times as large as
    the Linear's would be; what it takes is `taken` times as large as what the Linear would.
    Of what is `centred`, the mean of each frame is taken away.
    """

    def __init__(
        self,
        linear: nn.Linear,
        norm: nn.LayerNorm | None = None,
        gain: float = 1.0,
        taken: float = 1.0,
        centred: bool = False,
    ) -> None:
        super().__init__()
        weight, bias = linear.weight.detach(), linear.bias.detach()
        if centred:
            weight, bias = weight - weight.mean(0), bias - bias.mean()
        if norm is not None:
            bias = bias + weight @ norm.bias
            weight = weight * norm.weight
        self.weight = nn.Parameter((gain / taken * weight).detach()[:, :, None, None])
        self.bias = nn.Parameter((gain * bias).detach())

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, in] to f32[1, N, out]."""
        return conv_over_frames(x, self.weight, self.bias)


class UnitDeviation(nn.Module):
    """What is left of a LayerNorm for frames of mean 0; its weights go into what follows.

    What it takes may be `taken` times as large as what the norm would.
    """

    def __init__(self, norm: nn.LayerNorm, taken: float = 1.0) -> None:
        super().__init__()
        dim = norm.normalized_shape[0]
        self.weight = nn.Parameter(torch.full((1, dim, 1, 1), 1.0 / dim))
        self.bias = nn.Parameter(torch.full((1,), norm.eps * taken**2))

    def forward(self, centred: Tensor) -> Tensor:
        """Map f32[1, N, dim] of mean 0 in every frame to deviation 1."""
        variance = conv_over_frames(centred * centred, self.weight, self.bias)
        return centred * torch.rsqrt(variance)


class PlainNorm(nn.Module):
    """A LayerNorm without weights, as `UnitDeviation`.

    The mean is taken away before the product, so that the product has one range, not two that
    cancel.
    """

    def __init__(self, norm: nn.LayerNorm, taken: float = 1.0) -> None:
        super().__init__()
        self.deviation = UnitDeviation(norm, taken)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to mean 0 and deviation 1 in every frame."""
        normed: Tensor = self.deviation(x - x.mean(-1, keepdim=True))
        return normed


class Affine(nn.Module):
    """A weight and a bias for each channel, where no product follows that they could go into.

    As a depthwise convolution it rounds once, and not the product and the sum.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach()[:, None, None, None])
        self.bias = nn.Parameter(bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        return conv_over_frames(x, self.weight, self.bias, groups=x.shape[-1])


class ScaledNorm(nn.Module):
    """A LayerNorm that nothing follows."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.plain, self.affine = PlainNorm(norm), Affine(norm.weight, norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map f32[1, N, dim] to the same shape."""
        scaled: Tensor = self.affine(self.plain(x))
        return scaled


def silu(x: Tensor) -> Tensor:
    """x · σ(x), as two operators."""
    return x * torch.sigmoid(x)


def mapped(activation: Function) -> tuple[Function, float]:
    """Return what takes an activation's place, and a gain that the weights around it take up.

    With g as the gain, f(x) is the returned function of g · x, divided by g. GELU is
    x · σ(1.702 x) (Hendrycks and Gimpel, arXiv 1606.08415), at most 0.021 off.
    """
    if activation is ACTIVATIONS["relu"]:
        return F.relu, 1.0
    if activation is ACTIVATIONS["silu"]:
        return silu, 1.0
    return silu, 1.702
