"""Replace the modules of a part that a target has a better form of."""

from collections.abc import Callable, Mapping
from copy import deepcopy

from torch import nn

from convert.lowering.cpu import FoldedConvModule, MergedAttention
from convert.lowering.edgetpu.attention import TpuSelfAttention
from convert.lowering.edgetpu.branches import (
    TpuConvBranch,
    TpuSelfAttentionBranch,
    lowered_normed_branch,
)
from convert.lowering.edgetpu.conformer import TpuConformerBlock, TpuFrontEnd
from convert.lowering.edgetpu.framewise import PointwiseConv, ScaledNorm
from convert.lowering.edgetpu.sound import TpuSoundFrontEnd
from convert.lowering.edgetpu.transformer import lowered_block
from convert.lowering.sound import PositionConv, lowered_conv
from training.attention import SelfAttention
from training.branches import ConvBranch, SelfAttentionBranch
from training.conformer import ConformerBlock, ConvModule, FrontEnd
from training.pretrained.attention import Attention
from training.pretrained.block import TransformerBlock
from training.pretrained.frontend import ConvLayer, PositionLayer
from training.pretrained.frontend import FrontEnd as SoundFrontEnd
from training.pretrained.model import NormedBranch

Rewrite = Callable[..., nn.Module]
"""Takes a module in evaluation mode and returns one that computes the same; leaves it as it was."""

REWRITES: Mapping[str, Mapping[type[nn.Module], Rewrite]] = {
    "cpu": {
        SelfAttention: MergedAttention,
        ConvModule: FoldedConvModule,
        Attention: MergedAttention,
        ConvLayer: lowered_conv,
        PositionLayer: PositionConv,
    },
    "edgetpu": {
        ConformerBlock: TpuConformerBlock,
        FrontEnd: TpuFrontEnd,
        TransformerBlock: lowered_block,
        SoundFrontEnd: TpuSoundFrontEnd,
        NormedBranch: lowered_normed_branch,
        ConvBranch: TpuConvBranch,
        SelfAttentionBranch: TpuSelfAttentionBranch,
        SelfAttention: TpuSelfAttention,
        nn.LayerNorm: ScaledNorm,
        nn.Linear: PointwiseConv,
    },
}
"""By target, what replaces a module of exactly that type, and all that it holds."""


def lower(module: nn.Module, target: str) -> nn.Module:
    """Return `module` with every submodule that `target` has a rewrite for replaced.

    The module itself is left as it was. A target without rewrites gets an equal copy.
    """
    return _lowered(deepcopy(module).eval(), REWRITES.get(target, {}))


def _lowered(module: nn.Module, rewrites: Mapping[type[nn.Module], Rewrite]) -> nn.Module:
    if rewrite := rewrites.get(type(module)):
        return rewrite(module).eval()
    for name, child in module.named_children():
        setattr(module, name, _lowered(child, rewrites))
    return module
