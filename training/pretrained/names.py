"""By which name a tensor of ours stands in a checkpoint in Hugging Face format."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from training.pretrained.config import PretrainedConfig

HEAD = "lm_head."

_PREFIXES = ("hubert.", "wav2vec2.", "wavlm.", "data2vec_audio.")
"""Of the encoder's tensors in a checkpoint that has a head; without one there is none."""

_ENCODER = ("feature_extractor.", "feature_projection.", "encoder.")

_OURS = [
    (r"frontend\.convs\.(\d+)\.conv\.", r"feature_extractor.conv_layers.\1.conv."),
    (r"frontend\.convs\.(\d+)\.norm\.", r"feature_extractor.conv_layers.\1.layer_norm."),
    (r"frontend\.norm\.", "feature_projection.layer_norm."),
    (r"frontend\.projection\.", "feature_projection.projection."),
    (r"frontend\.position\.batch_norm\.", "encoder.pos_conv_embed.batch_norm."),
    (r"frontend\.out_norm\.", "encoder.layer_norm."),
    (r"blocks\.(\d+)\.attention\.query\.", r"encoder.layers.\1.attention.q_proj."),
    (r"blocks\.(\d+)\.attention\.key\.", r"encoder.layers.\1.attention.k_proj."),
    (r"blocks\.(\d+)\.attention\.value\.", r"encoder.layers.\1.attention.v_proj."),
    (r"blocks\.(\d+)\.attention\.out\.", r"encoder.layers.\1.attention.out_proj."),
    (
        r"blocks\.\d+\.attention\.relative\.table\.",
        "encoder.layers.0.attention.rel_attn_embed.",
    ),
    (
        r"blocks\.(\d+)\.attention\.relative\.gate\.",
        r"encoder.layers.\1.attention.gru_rel_pos_linear.",
    ),
    (
        r"blocks\.(\d+)\.attention\.relative\.gate_scale",
        r"encoder.layers.\1.attention.gru_rel_pos_const",
    ),
    (r"blocks\.(\d+)\.attention_norm\.", r"encoder.layers.\1.layer_norm."),
    (r"blocks\.(\d+)\.expand\.", r"encoder.layers.\1.feed_forward.intermediate_dense."),
    (r"blocks\.(\d+)\.contract\.", r"encoder.layers.\1.feed_forward.output_dense."),
    (r"blocks\.(\d+)\.feed_forward_norm\.", r"encoder.layers.\1.final_layer_norm."),
]


def source_of(name: str, config: PretrainedConfig) -> str | None:
    """Return under which name a checkpoint without prefixes holds our tensor `name`.

    None for what it does not hold: the branches, but for the norms that begin some of them and
    the last exit's Linear.
    """
    if name.startswith("branches."):
        return _source_of_branch(name, config)
    if found := re.fullmatch(r"blocks\.(\d+)\.entry_norm\.(\w+)", name):
        return f"encoder.layers.{int(found[1]) - 1}.final_layer_norm.{found[2]}"
    if found := re.fullmatch(r"frontend\.position\.layers\.(\d+)\.(conv\.\w+)", name):
        layer = f"layers.{found[1]}." if config.position_layers > 1 else ""
        return f"encoder.pos_conv_embed.{layer}{found[2]}"
    for ours, theirs in _OURS:
        if re.match(ours, name):
            return re.sub(ours, theirs, name)
    raise AssertionError(f"{name} has no name in Hugging Face format")


def _source_of_branch(name: str, config: PretrainedConfig) -> str | None:
    _, exit, *rest = name.split(".")
    if rest[0] == "norm":
        ends = "encoder." if config.pre_norm else f"encoder.layers.{int(exit) - 1}.final_"
        return f"{ends}layer_norm.{rest[1]}"
    return f"{HEAD}{rest[-1]}" if int(exit) == config.blocks else None


def plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take the encoder's prefix off all names, and multiply weight norms out."""
    unprefixed = {_without_prefix(name): tensor for name, tensor in tensors.items()}
    return _without_weight_norm(unprefixed)


def is_of_encoder(name: str) -> bool:
    """Whether a tensor in Hugging Face format is the encoder's, and not one of pre-training's."""
    return name.startswith(_ENCODER) and not name.endswith("num_batches_tracked")


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _without_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """w = g v / |v|, under the names of older and newer PyTorch (arXiv 1602.07868)."""
    result = dict(tensors)
    for size, direction in (
        ("weight_g", "weight_v"),
        ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ):
        for name in [name for name in result if name.endswith(f".{size}")]:
            stem = name.removesuffix(size)
            if f"{stem}{direction}" not in result:
                continue
            g, v = result.pop(name), result.pop(f"{stem}{direction}")
            summed = [axis for axis, length in enumerate(g.shape) if length == 1]
            result[f"{stem}weight"] = v * (
                g / torch.linalg.vector_norm(v, dim=summed, keepdim=True)
            )
    return result
