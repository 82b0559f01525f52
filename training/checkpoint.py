"""A checkpoint is a folder: config.json, model.safetensors, tokens.txt, ngrams.bin, card.md."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from edge.inputs import InputSettings
from edge.ngrams import NGRAMS, SeenNgrams
from edge.tokens import Tokens
from training.encoder import EarlyExitEncoder
from training.errors import CheckpointError
from training.families import TAGS, AnyEncoderConfig, build_encoder

WEIGHTS, CONFIG, TOKENS, CARD = "model.safetensors", "config.json", "tokens.txt", "card.md"


class CheckpointConfig(BaseModel):
    """What `config.json` holds; `units` names what a token stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    name: str
    units: str = "char"
    licence: str = "unknown"
    origin: str = ""
    features: InputSettings
    encoder: AnyEncoderConfig


@dataclass(frozen=True)
class Checkpoint:
    """An encoder in evaluation mode, with what is needed to use it."""

    config: CheckpointConfig
    model: EarlyExitEncoder
    tokens: Tokens


def load_checkpoint(folder: Path | str) -> Checkpoint:
    """Read a checkpoint folder; weights become float32.

    Raises:
        CheckpointError: a file is missing or damaged, or the tensors are not the config's
            (naming file and key).
    """
    folder = Path(folder)
    config = read_config(folder)
    tokens = Tokens.read(folder / TOKENS)
    model = build_encoder(config.encoder, len(tokens))
    load_weights(model, read_weights(folder / WEIGHTS), folder / WEIGHTS)
    return Checkpoint(config, model.eval(), tokens)


def load_part(folder: Path, name: str) -> EarlyExitEncoder:
    """Read a checkpoint of which only one submodule is wanted, in the memory of that one.

    Args:
        folder: the checkpoint.
        name: of the submodule, such as `blocks.3`; the others have shapes and no numbers.
    """
    config = read_config(folder)
    with torch.device("meta"):
        model = build_encoder(config.encoder, len(Tokens.read(folder / TOKENS)))
    part = model.get_submodule(name)
    with safe_open(folder / WEIGHTS, "pt") as file:
        part.load_state_dict(
            {key: file.get_tensor(f"{name}.{key}").float() for key in part.state_dict()},
            assign=True,
        )
    return model.eval()


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file as float32 tensors."""
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: is not a whole safetensors file ({error})", "copy it anew"
        ) from error


def load_weights(model: torch.nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """Put `weights` into `model`; every tensor must be there in its shape, and no other."""
    expected = model.state_dict()
    if missing := sorted(expected.keys() - weights.keys()):
        raise CheckpointError(
            f"{path}: lacks {missing[0]}" + (f" and {len(missing) - 1} more" * (len(missing) > 1)),
            f"it does not belong to the {CONFIG} beside it",
        )
    if extra := sorted(weights.keys() - expected.keys()):
        raise CheckpointError(
            f"{path}: holds {extra[0]}, which {CONFIG} has no place for",
            f"it does not belong to the {CONFIG} beside it",
        )
    for name, tensor in expected.items():
        if tensor.shape != weights[name].shape:
            raise CheckpointError(
                f"{path}: {name} has shape {list(weights[name].shape)}, "
                f"{CONFIG} asks for {list(tensor.shape)}"
            )
    model.load_state_dict(dict(weights))


def save_checkpoint(
    folder: Path,
    config: CheckpointConfig,
    model: torch.nn.Module,
    symbols: Sequence[str],
    card: str,
    dtype: torch.dtype = torch.float16,
    ngrams: SeenNgrams | None = None,
) -> None:
    """Write a checkpoint whole or not at all; float32 as `dtype` keeps every bit of the weights.

    `ngrams` are those of the transcripts that it was trained on, if it was.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        # A head that several exits share is stored for each of them: a file has no aliases.
        state = {
            name: tensor.to(dtype, copy=True).contiguous()
            for name, tensor in model.state_dict().items()
        }
        save_file(state, partial / WEIGHTS)
        (partial / CONFIG).write_text(config.model_dump_json(indent=2) + "\n")
        lines = (f"{symbol} {index}\n" for index, symbol in enumerate(symbols))
        (partial / TOKENS).write_text("".join(lines), encoding="utf-8")
        if ngrams is not None:
            ngrams.write(partial / NGRAMS)
        (partial / CARD).write_text(card, encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        for path in partial.iterdir():
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def average(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Mean of several state dicts of one model."""
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]
    }


def read_config(folder: Path) -> CheckpointConfig:
    """Read `config.json` of a checkpoint folder, having made sure that the folder is whole.

    Raises:
        CheckpointError: a file is missing, or the config is not right (naming file and key).
    """
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such checkpoint folder")
    for name in (CONFIG, WEIGHTS, TOKENS):
        if not (folder / name).is_file():
            raise CheckpointError(
                f"{folder}: has no {name}",
                f"a checkpoint folder holds {CONFIG}, {WEIGHTS} and {TOKENS}",
            )
    return _parse_config(folder / CONFIG)


def _parse_config(path: Path) -> CheckpointConfig:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path}: not JSON ({error})") from error
    encoder = values.get("encoder") if isinstance(values, dict) else None
    if isinstance(encoder, dict) and "encoder" in encoder:
        encoder = encoder["encoder"]  # DAISY's has one within
    if isinstance(encoder, dict) and not encoder.get("exits"):
        raise CheckpointError(
            f"{path}: encoder.exits names no exit: this checkpoint has none",
            "train one with exits: eedge train checkpoints/small/recipe.toml",
        )
    try:
        return CheckpointConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part not in TAGS)
        raise CheckpointError(f"{path}: {key}: {first['msg']}") from error
