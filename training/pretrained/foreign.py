"""`config.json` in Hugging Face format → our config; what ours cannot say is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import JsonValue, ValidationError

from boards.errors import closest
from training.errors import CheckpointError
from training.pretrained.config import Activation, Family, PretrainedConfig

_KEYS = {
    "hidden_size": "dim",
    "num_attention_heads": "heads",
    "intermediate_size": "ff_dim",
    "num_hidden_layers": "blocks",
    "conv_dim": "conv_dims",
    "conv_kernel": "conv_kernels",
    "conv_stride": "conv_strides",
    "conv_bias": "conv_bias",
    "feat_extract_norm": "conv_norm",
    "feat_proj_layer_norm": "project_norm",
    "do_stable_layer_norm": "pre_norm",
    "num_conv_pos_embedding_groups": "position_groups",
    "conv_pos_batch_norm": "position_batch_norm",
    "layer_norm_eps": "norm_eps",
    "hidden_dropout": "dropout",
}
"""Our fields by their keys. What a config leaves out has HuBERT-base's value here and there."""

_ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}

_REFUSED = {"add_adapter": "an adapter after the last block", "adapter_attn_dim": "adapters"}


def parse_config(
    values: Mapping[str, JsonValue], path: Path, ours: Mapping[str, object]
) -> PretrainedConfig:
    """Read the sizes of an encoder.

    Args:
        values: of `config.json`.
        path: where they come from.
        ours: fields that such a config does not have: exits, branch, attach.

    Raises:
        CheckpointError: the encoder is of a kind that is not known, or has what ours has not.
    """
    family = _family(values, path)
    for key, what in _REFUSED.items():
        if values.get(key):
            raise CheckpointError(f"{path}: key '{key}': {what} cannot be converted")
    fields: dict[str, object] = {
        field: values[key] for key, field in _KEYS.items() if key in values
    }
    fields["family"] = family
    fields["activation"] = _activation(values, "hidden_act", path)
    fields["conv_activation"] = _activation(values, "feat_extract_activation", path)
    fields |= _position(values, family) | dict(ours)
    _check_exits(fields, path)
    try:
        return PretrainedConfig.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        key = next((key for key, own in _KEYS.items() if own == field), field)
        raise CheckpointError(f"{path}: key '{key}': {first['msg']}") from error


def _family(values: Mapping[str, JsonValue], path: Path) -> Family:
    name = values.get("model_type")
    families: tuple[Family, ...] = get_args(Family)
    for family in families:
        if family == name:
            return family
    known = f"known: {', '.join(families)}"
    if name is None:
        raise CheckpointError(f"{path}: key 'model_type' is missing", known)
    raise CheckpointError(
        f"{path}: key 'model_type': '{name}' is not known", closest(str(name), families), known
    )


def _activation(values: Mapping[str, JsonValue], key: str, path: Path) -> Activation:
    name = str(values.get(key, "gelu"))
    if name not in _ACTIVATIONS:
        raise CheckpointError(
            f"{path}: key '{key}': '{name}' is not known",
            closest(name, _ACTIVATIONS),
            f"known: {', '.join(_ACTIVATIONS)}",
        )
    return _ACTIVATIONS[name]


def _position(values: Mapping[str, JsonValue], family: Family) -> dict[str, object]:
    """Fields that mean something else, or are there only, in some families."""
    if family == "data2vec-audio":
        # There num_conv_pos_embeddings counts convolutions; elsewhere it is the kernel of one.
        return {
            "position_kernel": values.get("conv_pos_kernel_size", 19),
            "position_layers": values.get("num_conv_pos_embeddings", 5),
            "conv_norm": "layer",
            "pre_norm": False,
        }
    fields: dict[str, object] = {"position_kernel": values.get("num_conv_pos_embeddings", 128)}
    if family == "wavlm":
        fields["relative_buckets"] = values.get("num_buckets", 320)
        fields["relative_distance"] = values.get("max_bucket_distance", 800)
    return fields


def _check_exits(fields: Mapping[str, object], path: Path) -> None:
    exits, blocks = fields.get("exits"), fields.get("blocks", 12)
    if isinstance(exits, tuple) and isinstance(blocks, int) and exits and max(exits) > blocks:
        raise CheckpointError(
            f"{path}: key 'num_hidden_layers': exit {max(exits)} lies beyond the last block, "
            f"{blocks}",
            f"name exits from 1 to {blocks}",
        )
