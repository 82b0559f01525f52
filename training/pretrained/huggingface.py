"""Load a checkpoint folder in Hugging Face format as an encoder with exits."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch
from pydantic import JsonValue
from torch import Tensor

from edge.tokens import Tokens
from edge.waveform import WaveformSettings
from training.branches import BranchKind
from training.checkpoint import Checkpoint, CheckpointConfig, save_checkpoint
from training.errors import CheckpointError
from training.pretrained.folder import (
    CONFIG,
    is_huggingface,
    read_if_there,
    read_object,
    read_tensors,
)
from training.pretrained.foreign import parse_config
from training.pretrained.model import EarlyExitPretrained
from training.pretrained.names import HEAD, is_of_encoder, plain, source_of
from training.pretrained.vocabulary import VOCABULARY, Vocabulary, read_vocabulary
from training.vocabulary import CHARACTERS


def load_huggingface(
    folder: Path | str,
    exits: Sequence[int] | None = None,
    branch: BranchKind = "linear",
    attach: Literal["after_norm", "before_norm"] = "after_norm",
    symbols: Sequence[str] = CHARACTERS,
    needs_head: bool = False,
) -> Checkpoint:
    """Read an encoder, and grow exits on it.

    A CTC head with a vocabulary becomes the last exit's branch; every other branch has random
    weights and has to be trained. Save it by `training.checkpoint.save_checkpoint`, with
    `dtype=torch.float32` to keep every bit.

    Args:
        folder: `config.json` and `model.safetensors`, whole or in shards; beside them
            `vocab.json` and `preprocessor_config.json` if there are.
        exits: ascending, in blocks run; the last block's is added. By default 5, 8, 11 and the
            last of 12 blocks, and as deep in proportion in others.
        branch: kind of the others.
        attach: what they read, as in `PretrainedConfig`.
        symbols: what branches tell apart where the checkpoint has no `vocab.json`.
        needs_head: refuse a checkpoint without a CTC head.

    Raises:
        CheckpointError: naming the file and the key: the kind of encoder is not known, a tensor
            is missing, the vocabulary is not the head's, an exit lies beyond the last block.
    """
    folder = Path(folder)
    if not (folder / CONFIG).is_file():
        raise CheckpointError(
            f"{folder}: has no {CONFIG}", "name a folder in Hugging Face format; none is downloaded"
        )
    values = read_object(folder / CONFIG)
    ours = {"exits": _exits(exits, values), "branch": branch, "attach": attach}
    config = parse_config(values, folder / CONFIG, ours)
    vocabulary = read_vocabulary(folder, _blank(values))
    path, foreign = read_tensors(folder)
    tensors = plain(foreign)
    named = list(vocabulary.symbols if vocabulary else symbols)
    head = {name: tensors.pop(name) for name in list(tensors) if name.startswith(HEAD)}
    if needs_head and not head:
        raise CheckpointError(
            f"{path}: lacks {HEAD}weight: the encoder was not trained for text",
            f"train exits on it: eedge train RECIPE --start {folder}",
        )
    if vocabulary and head:
        tensors |= _reordered(head, vocabulary, folder)
    model = EarlyExitPretrained(config, len(named))
    _fill(model, tensors, path)
    whole = CheckpointConfig(
        name=folder.resolve().name,
        origin=f"{config.family} from {folder.resolve().name}; exits grown, not trained yet",
        features=_features(folder),
        encoder=config,
    )
    return Checkpoint(whole, model.eval(), Tokens(named))


@contextmanager
def as_checkpoint(folder: Path) -> Iterator[Path]:
    """Yield a checkpoint folder of ours: `folder`, or for the time being what is made of it.

    A folder in Hugging Face format becomes a checkpoint whose only exit is its CTC head: exits
    that nobody has trained would say anything.

    Raises:
        CheckpointError: as `load_huggingface`, or there is no head, or nobody knows its symbols.
    """
    if not is_huggingface(folder):
        yield folder
        return
    if not (folder / VOCABULARY).is_file():
        raise CheckpointError(
            f"{folder}: has no {VOCABULARY}, and so no head that puts out text",
            f"train exits on it: eedge train RECIPE --start {folder}",
        )
    loaded = load_huggingface(folder, exits=(), needs_head=True)
    with tempfile.TemporaryDirectory(prefix="eedge-") as temporary:
        own = Path(temporary) / loaded.config.name
        symbols, card = loaded.tokens.symbols, f"# {loaded.config.name}\n"
        save_checkpoint(own, loaded.config, loaded.model, symbols, card, torch.float32)
        yield own


def _exits(exits: Sequence[int] | None, values: Mapping[str, JsonValue]) -> tuple[int, ...]:
    blocks = values.get("num_hidden_layers", 12)
    if not isinstance(blocks, int):
        return tuple(exits or ())
    if exits is None:
        exits = [max(1, round(exit * blocks / 12)) for exit in (5, 8, 11)]
    return tuple(sorted({*exits, blocks}))


def _blank(values: Mapping[str, JsonValue]) -> int:
    blank = values.get("pad_token_id", 0)
    return blank if isinstance(blank, int) else 0


def _reordered(
    head: Mapping[str, Tensor], vocabulary: Vocabulary, folder: Path
) -> dict[str, Tensor]:
    """Put a head's rows in the order of our symbols."""
    rows = torch.tensor(vocabulary.rows)
    for name, tensor in head.items():
        if len(tensor) != len(rows):
            raise CheckpointError(
                f"{folder / VOCABULARY}: has {len(rows)} symbols, {name} tells {len(tensor)} apart",
                "it belongs to another checkpoint",
            )
    return {name: tensor[rows] for name, tensor in head.items()}


def _fill(model: EarlyExitPretrained, tensors: Mapping[str, Tensor], path: Path) -> None:
    state = model.state_dict()
    used = set()
    for name, place in state.items():
        source = source_of(name, model.config)
        if source is None or (source.startswith(HEAD) and source not in tensors):
            continue
        if source not in tensors:
            raise CheckpointError(f"{path}: lacks {source}", f"it does not belong to {CONFIG}")
        if tensors[source].shape != place.shape:
            raise CheckpointError(
                f"{path}: {source} has shape {list(tensors[source].shape)}, "
                f"{CONFIG} asks for {list(place.shape)}"
            )
        state[name] = tensors[source]
        used.add(source)
    if extra := sorted(name for name in tensors if is_of_encoder(name) and name not in used):
        raise CheckpointError(
            f"{path}: holds {extra[0]}, which {CONFIG} has no place for",
            f"it does not belong to {CONFIG}",
        )
    model.load_state_dict(state)


def _features(folder: Path) -> WaveformSettings:
    """What the checkpoint's feature extractor does with sound."""
    nested = read_if_there(folder / "processor_config.json").get("feature_extractor")
    found = read_if_there(folder / "preprocessor_config.json")
    values = found or (nested if isinstance(nested, dict) else {})
    rate, normalise = values.get("sampling_rate", 16_000), values.get("do_normalize", True)
    if not isinstance(rate, int) or rate < 1:
        raise CheckpointError(
            f"{folder / 'preprocessor_config.json'}: key 'sampling_rate': {rate!r} is no rate in Hz"
        )
    return WaveformSettings(sample_rate=rate, normalise=bool(normalise))
