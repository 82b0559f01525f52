"""Checkpoint folders in Hugging Face format, with random weights, as `transformers` writes them."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
import transformers
from transformers import PreTrainedModel

SYMBOLS = ("<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHS'")

SMALL: dict[str, object] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": (16, 16, 16),
    "conv_kernel": (10, 3, 2),
    "conv_stride": (5, 2, 2),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "vocab_size": len(SYMBOLS),
}
"""A frame reads 25 samples and the next begins 20 later."""

DATA2VEC = {"conv_pos_kernel_size": 7, "num_conv_pos_embeddings": 3}


def theirs(name: str, config: Mapping[str, object], with_head: bool = True) -> PreTrainedModel:
    """Make a model of `transformers` whose weights are all random, norms and biases too."""
    torch.manual_seed(0)
    settings = getattr(transformers, f"{name}Config")(**config)
    kind = "ForCTC" if with_head else "Model"
    model: PreTrainedModel = getattr(transformers, f"{name}{kind}")(settings)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.eval()
    return model


def write(model: PreTrainedModel, folder: Path) -> Path:
    """Save a model with its vocabulary."""
    model.save_pretrained(folder)
    write_vocabulary(folder, {symbol: index for index, symbol in enumerate(SYMBOLS)})
    return folder


def write_vocabulary(folder: Path, ids: Mapping[str, object]) -> None:
    """Write `vocab.json`."""
    (folder / "vocab.json").write_text(json.dumps(ids))


def edit_config(folder: Path, **changes: object) -> None:
    """Change keys of `config.json`; None takes one out."""
    path = folder / "config.json"
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))
