"""Sizes of HuBERT and its relatives: wav2vec 2.0, WavLM, Data2Vec-audio."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.framing import Framing
from training.branches import BranchKind
from training.encoder import check_stack

Family = Literal["hubert", "wav2vec2", "wavlm", "data2vec-audio"]
Activation = Literal["gelu", "gelu_tanh", "relu", "silu"]


class PretrainedConfig(BaseModel):
    """A convolutional front end on raw sound, a positional convolution, transformer blocks.

    The defaults are HuBERT-base (arXiv 2106.07447). `exits` are counted in blocks run.

    Attributes:
        conv_norm: "group" normalises each channel of the first convolution over time, "layer" the
            channels of every convolution's frames.
        project_norm: LayerNorm between the convolutions and the projection.
        pre_norm: blocks normalise what they read (large models) and not what they put out.
        position_layers: 1, or Data2Vec's stack of convolutions, each with a LayerNorm.
        relative_buckets: WavLM's gated relative position bias has so many distances; 0: none.
        relative_distance: in frames; distances from here on share a bucket.
        branch: kind of the branches but the last exit's, which is a Linear, as the heads of such
            checkpoints are.
        tied: all exits share one linear head, each behind a norm of its own if it has one.
        attach: what a branch reads. "after_norm": normalised frames, which in a pre-norm encoder
            is by a LayerNorm of the branch's own. "before_norm": the sum as the residual
            connections left it, which in a post-norm encoder is what the block's last LayerNorm
            reads; that norm then begins the next block. The last exit always reads normalised
            frames.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Family = "hubert"
    dim: int = Field(768, gt=0)
    heads: int = Field(12, gt=0)
    ff_dim: int = Field(3072, gt=0)
    blocks: int = Field(12, gt=0)
    conv_dims: tuple[int, ...] = (512,) * 7
    conv_kernels: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_strides: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    conv_norm: Literal["group", "layer"] = "group"
    conv_activation: Activation = "gelu"
    project_norm: bool = True
    pre_norm: bool = False
    position_kernel: int = Field(128, gt=0)
    position_groups: int = Field(16, gt=0)
    position_layers: int = Field(1, gt=0)
    position_batch_norm: bool = False
    relative_buckets: int = Field(0, ge=0)
    relative_distance: int = Field(800, gt=0)
    norm_eps: float = Field(1e-5, gt=0)
    activation: Activation = "gelu"
    exits: tuple[int, ...] = (5, 8, 11, 12)
    branch: BranchKind = "linear"
    tied: bool = False
    attach: Literal["after_norm", "before_norm"] = "after_norm"
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_stack(self)
        counts = {len(self.conv_dims), len(self.conv_kernels), len(self.conv_strides)}
        if len(counts) != 1 or 0 in counts:
            raise ValueError("conv_dims, conv_kernels and conv_strides must be equally many")
        if min(*self.conv_dims, *self.conv_kernels, *self.conv_strides) < 1:
            raise ValueError("conv_dims, conv_kernels and conv_strides must be positive")
        if self.dim % self.position_groups:
            raise ValueError(
                f"dim {self.dim} is not a multiple of position_groups {self.position_groups}"
            )
        if self.tied and self.branch != "linear":
            raise ValueError(f"linear heads can be tied, {self.branch} branches cannot")
        if self.family == "wavlm" and self.relative_buckets < 4:
            raise ValueError("relative_buckets of a wavlm must be at least 4")
        if self.family != "wavlm" and self.relative_buckets:
            raise ValueError(f"relative_buckets are wavlm's, this is a {self.family}")
        return self

    @property
    def framing(self) -> Framing:
        """Samples that a frame reads, and samples from frame to frame: 400 and 320 by default."""
        window, hop = 1, 1
        for kernel, stride in zip(self.conv_kernels, self.conv_strides, strict=True):
            window += (kernel - 1) * hop
            hop *= stride
        return Framing(window, hop)

    @property
    def conv_inputs(self) -> tuple[int, ...]:
        """Channels that each convolution reads."""
        return (1, *self.conv_dims[:-1])


LARGE = PretrainedConfig(
    dim=1024,
    heads=16,
    ff_dim=4096,
    blocks=24,
    conv_bias=True,
    conv_norm="layer",
    pre_norm=True,
    exits=(10, 16, 22, 24),
)
"""HuBERT-large."""
