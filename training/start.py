"""What a training starts from: a checkpoint of ours, or one in Hugging Face format."""

from pathlib import Path
from typing import Self

import torch
from safetensors import safe_open

from edge.manifest import FileEntry
from edge.tokens import Tokens
from training.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from training.daisy import DaisyConfig, EarlyExitDaisy
from training.encoder import EarlyExitEncoder
from training.errors import TrainingError
from training.families import AnyEncoderConfig, same_stack
from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.pretrained.folder import is_huggingface
from training.pretrained.huggingface import load_huggingface
from training.vocabulary import CHARACTERS

_COPY = "copy [encoder] from the recipe that it was trained by"


class Start:
    """A checkpoint whose weights a run begins with, and on which new exits may be grown."""

    def __init__(self, folder: Path, checkpoint: Checkpoint) -> None:
        self.folder, self.checkpoint = folder, checkpoint

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it; raises `CheckpointError` as `load_checkpoint` and `load_huggingface` do."""
        if is_huggingface(folder):
            # The blocks alone are wanted, and the last exit's branch, if it is there.
            return cls(folder, load_huggingface(folder, exits=()))
        return cls(folder, load_checkpoint(folder))

    @property
    def identity(self) -> str:
        """What tells it apart from others: SHA-256 of its weights, file by file."""
        files = sorted(self.folder.glob("*.safetensors"))
        return " ".join(FileEntry.of(path).sha256 for path in files)

    @property
    def dtype(self) -> torch.dtype:
        """In what its weights are stored: what is kept to the bit must be stored so again."""
        path = self.folder / WEIGHTS
        if not path.is_file():
            return torch.float32
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            halves = all(file.get_slice(name).get_dtype() == "F16" for name in names)
        return torch.float16 if halves else torch.float32

    @property
    def origin(self) -> str:
        """What it is, and how it came to be."""
        config = self.checkpoint.config
        return f"'{config.name}' ({config.origin})"

    @property
    def text_tokens(self) -> Tokens:
        """The symbols that its branches tell apart, in small letters, or ours if they are units."""
        if self.checkpoint.config.units == "unit":
            return Tokens(CHARACTERS)
        return Tokens(_small(self.checkpoint.tokens))

    def check(self, encoder: AnyEncoderConfig) -> None:
        """Refuse to start an encoder with other blocks or another front end.

        Raises:
            TrainingError: naming the first setting that differs.
        """
        own = self.checkpoint.config.encoder
        if isinstance(encoder, DaisyConfig) and isinstance(own, PretrainedConfig):
            self._check_units(encoder)
            encoder = encoder.encoder
        if same_stack(own, encoder):
            return
        mine, wanted = own.model_dump(), encoder.model_dump()
        differs = next(
            (key for key in wanted if key != "exits" and mine.get(key) != wanted[key]), "family"
        )
        raise TrainingError(
            f"{self.folder}: its encoder is not the recipe's: {differs} is "
            f"{mine.get(differs)!r}, not {wanted[differs]!r}",
            _COPY,
        )

    def _check_units(self, encoder: DaisyConfig) -> None:
        config, tokens = self.checkpoint.config, self.checkpoint.tokens
        if config.units != "unit" or len(tokens) != encoder.units:
            raise TrainingError(
                f"{self.folder}: its branches tell {len(tokens)} {config.units}s apart, "
                f"not {encoder.units} units",
                'train them: a recipe with objective = "units" and trains = "branches"',
            )
        if config.encoder.exits != encoder.exits:
            raise TrainingError(
                f"{self.folder}: has exits {list(config.encoder.exits)}, "
                f"the recipe {list(encoder.exits)}",
                _COPY,
            )

    def grow(self, model: EarlyExitEncoder, tokens: Tokens) -> frozenset[int]:
        """Put the weights into `model`; returns the exits whose branches are from here.

        A branch is taken over if the checkpoint has one of the same kind at that exit, for the
        same symbols.
        """
        own = self.checkpoint.model
        if isinstance(model, EarlyExitDaisy) and isinstance(own, EarlyExitPretrained):
            model.adopt(own)
            return frozenset()
        model.frontend.load_state_dict(own.frontend.state_dict())
        model.blocks.load_state_dict(own.blocks.state_dict())
        if _small(self.checkpoint.tokens) != _small(tokens):
            return frozenset()
        taken = set()
        for exit, branch in model.branches.items():
            if exit in own.branches and _fits(own.branches[exit], branch):
                branch.load_state_dict(own.branches[exit].state_dict())
                taken.add(int(exit))
        return frozenset(taken)


def _small(tokens: Tokens) -> list[str]:
    """Return symbols in small letters, as transcripts are, unless two would be the same."""
    small = [symbol.lower() for symbol in tokens.symbols]
    return small if len(set(small)) == len(small) else list(tokens.symbols)


def _fits(old: torch.nn.Module, new: torch.nn.Module) -> bool:
    shapes = [
        {name: tensor.shape for name, tensor in module.state_dict().items()}
        for module in (old, new)
    ]
    return shapes[0] == shapes[1]
