"""The files of a checkpoint in Hugging Face format; nothing is downloaded, no pickle is opened."""

import json
from pathlib import Path

from pydantic import JsonValue
from torch import Tensor

from training.checkpoint import read_weights
from training.errors import CheckpointError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
PICKLE = "pytorch_model.bin"


def is_huggingface(folder: Path) -> bool:
    """Whether a folder's `config.json` is Hugging Face's, and not that of a checkpoint of ours."""
    try:
        values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(values, dict) and "model_type" in values and "encoder" not in values


def read_object(path: Path) -> dict[str, JsonValue]:
    """Read a JSON object from `path`."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path}: not JSON ({error})") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path}: is not a JSON object")
    return values


def read_if_there(path: Path) -> dict[str, JsonValue]:
    """Read a JSON object, empty if there is no such file."""
    return read_object(path) if path.is_file() else {}


def read_tensors(folder: Path) -> tuple[Path, dict[str, Tensor]]:
    """Read all tensors of a folder as float32, and name the file that a missing one is missing in.

    Raises:
        CheckpointError: there are none, a shard is missing or damaged, or all there is is a
            pickle, which can run code when it is opened.
    """
    if (folder / WEIGHTS).is_file():
        return folder / WEIGHTS, read_weights(folder / WEIGHTS)
    if (folder / INDEX).is_file():
        return folder / INDEX, _read_shards(folder)
    if (folder / PICKLE).is_file():
        raise CheckpointError(
            f"{folder / PICKLE}: is a pickle, which is not opened here: it can run any code",
            f"if you trust it: {_converting(folder)}",
        )
    raise CheckpointError(
        f"{folder}: has no {WEIGHTS}", "download the checkpoint's files into this folder"
    )


def _read_shards(folder: Path) -> dict[str, Tensor]:
    places = read_object(folder / INDEX).get("weight_map")
    if not isinstance(places, dict):
        raise CheckpointError(f"{folder / INDEX}: key 'weight_map' is missing")
    tensors: dict[str, Tensor] = {}
    for name in sorted({str(place) for place in places.values()}):
        if Path(name).name != name:
            raise CheckpointError(f"{folder / INDEX}: weight_map: {name!r} leads out of the folder")
        if not (folder / name).is_file():
            raise CheckpointError(
                f"{folder / name}: is missing, {INDEX} names it", "download it into this folder"
            )
        tensors |= read_weights(folder / name)
    return tensors


def _converting(folder: Path) -> str:
    """Return the command that writes a pickle's tensors as safetensors."""
    return (
        'python -c "import sys, torch, safetensors.torch as s; '
        "t = torch.load(sys.argv[1], weights_only=True); "
        "s.save_file({k: v.clone().contiguous() for k, v in t.items()}, sys.argv[2], "
        f"{{'format': 'pt'}})\" {folder / PICKLE} {folder / WEIGHTS}"
    )
