"""What a training takes over from the checkpoint that it starts from."""

from pathlib import Path

import pytest
import torch

from edge.tokens import Tokens
from tests.training.pretrained.folders import SMALL, SYMBOLS, theirs, write
from training.errors import TrainingError
from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.pretrained.huggingface import load_huggingface
from training.start import Start
from training.vocabulary import CHARACTERS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HuBERT with a CTC head, in Hugging Face format."""
    return write(theirs("Hubert", SMALL), tmp_path_factory.mktemp("hubert"))


def config(folder: Path, **changes: object) -> PretrainedConfig:
    found = load_huggingface(folder, exits=()).config.encoder
    assert isinstance(found, PretrainedConfig)
    return found.model_copy(update={"exits": (1, 3), **changes})


def test_front_end_blocks_and_head_of_a_foreign_checkpoint_are_taken_over(folder: Path) -> None:
    start = Start.read(folder)
    tokens = start.text_tokens
    assert len(tokens) == len(SYMBOLS)
    assert tokens.encode("no hat"), "transcripts are in small letters, its vocabulary is not"
    model = EarlyExitPretrained(config(folder), len(tokens))
    start.check(model.config)
    assert start.grow(model, tokens) == {3}
    own = start.checkpoint.model.state_dict()
    taken = model.state_dict()
    assert all(torch.equal(taken[name], tensor) for name, tensor in own.items())
    assert start.dtype == torch.float32


def test_a_head_for_other_symbols_is_not(folder: Path) -> None:
    start = Start.read(folder)
    model = EarlyExitPretrained(config(folder), len(CHARACTERS))
    assert start.grow(model, Tokens(CHARACTERS)) == set()


def test_another_encoder_is_refused_with_what_differs(folder: Path) -> None:
    with pytest.raises(TrainingError, match="ff_dim is 64, not 128"):
        Start.read(folder).check(config(folder, ff_dim=128))
    with pytest.raises(TrainingError, match="attach is 'after_norm', not 'before_norm'"):
        Start.read(folder).check(config(folder, attach="before_norm"))
