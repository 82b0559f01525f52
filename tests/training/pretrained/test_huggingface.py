"""Folders in Hugging Face format: what is read, and what is refused by file and key."""

import json
import shlex
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

pytest.importorskip("transformers")

from edge.waveform import WaveformSettings
from tests.training.pretrained.folders import (
    SMALL,
    SYMBOLS,
    edit_config,
    theirs,
    write,
    write_vocabulary,
)
from training.branches import ConvBranch, LinearBranch
from training.checkpoint import load_checkpoint
from training.errors import CheckpointError
from training.pretrained import EarlyExitPretrained
from training.pretrained.huggingface import as_checkpoint, load_huggingface

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(theirs("Hubert", SMALL), tmp_path / "theirs")


def test_every_branch_but_the_last_is_new_and_of_the_kind_asked_for(folder: Path) -> None:
    loaded = load_huggingface(folder, exits=(1, 2), branch="conv")
    assert loaded.config.encoder.exits == (1, 2, 3)
    assert isinstance(loaded.model.branches["1"], ConvBranch)
    last = loaded.model.branches["3"]
    assert isinstance(last, LinearBranch)
    torch.testing.assert_close(last.out.weight, load_file(folder / WEIGHTS)["lm_head.weight"])


def test_a_bar_is_the_space_and_the_blank_comes_first(folder: Path) -> None:
    moved = {symbol: (index + 5) % len(SYMBOLS) for index, symbol in enumerate(SYMBOLS)}
    write_vocabulary(folder, moved)
    edit_config(folder, pad_token_id=5)
    loaded = load_huggingface(folder)
    assert loaded.tokens.symbols[0] == "<pad>"
    assert loaded.tokens.text([loaded.tokens.symbols.index("▁"), 6, 6]) == loaded.tokens.text(
        [6, 6]
    )
    last = loaded.model.branches["3"]
    assert isinstance(last, LinearBranch)
    theirs_head = load_file(folder / WEIGHTS)["lm_head.weight"]
    for symbol, row in moved.items():
        ours = loaded.tokens.symbols.index("▁" if symbol == "|" else symbol)
        torch.testing.assert_close(last.out.weight[ours], theirs_head[row])


def test_without_a_head_or_a_vocabulary_branches_tell_characters_apart(tmp_path: Path) -> None:
    theirs("Hubert", SMALL, with_head=False).save_pretrained(tmp_path)
    loaded = load_huggingface(tmp_path)
    assert loaded.tokens.text([1, 3, 4]) == "ab"


@pytest.mark.parametrize("normalise", [True, False])
def test_sound_is_normalised_as_the_feature_extractor_says(folder: Path, normalise: bool) -> None:
    settings = {"sampling_rate": 16_000, "do_normalize": normalise}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    assert load_huggingface(folder).config.features == WaveformSettings(normalise=normalise)


def test_shards_are_read_like_one_file(folder: Path) -> None:
    whole = load_huggingface(folder).model.state_dict()
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    places = {name: f"model-{index % 2}.safetensors" for index, name in enumerate(names)}
    for shard in set(places.values()):
        save_file({n: tensors[n] for n in names if places[n] == shard}, folder / shard)
    (folder / WEIGHTS).unlink()
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps({"weight_map": places}))
    sharded = load_huggingface(folder).model.state_dict()
    for name in whole:
        if not name.startswith(("branches.1", "branches.2")):
            torch.testing.assert_close(sharded[name], whole[name], atol=0, rtol=0)
    (folder / "model-1.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model-1\.safetensors: is missing"):
        load_huggingface(folder)


def test_weight_norm_has_an_old_name_too(folder: Path) -> None:
    new = load_huggingface(folder).model
    tensors = load_file(folder / WEIGHTS)
    stem = "hubert.encoder.pos_conv_embed.conv."
    tensors[f"{stem}weight_g"] = tensors.pop(f"{stem}parametrizations.weight.original0")
    tensors[f"{stem}weight_v"] = tensors.pop(f"{stem}parametrizations.weight.original1")
    save_file(tensors, folder / WEIGHTS)
    old = load_huggingface(folder).model
    assert isinstance(old, EarlyExitPretrained)
    assert isinstance(new, EarlyExitPretrained)
    sound = torch.randn(1, 900, 1)
    torch.testing.assert_close(
        old.frontend(sound, torch.ones_like(sound)), new.frontend(sound, torch.ones_like(sound))
    )


def test_a_pickle_is_refused_with_the_command_that_converts_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin: is a pickle") as caught:
        load_huggingface(folder)
    python, option, program, *arguments = shlex.split(caught.value.tries[0].partition(": ")[2])
    assert (python, option) == ("python", "-c")
    monkeypatch.setattr(sys, "argv", ["-c", *arguments])
    exec(program, {})
    load_huggingface(folder)


def test_a_missing_tensor_is_named(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    del tensors["hubert.encoder.layers.1.attention.k_proj.weight"]
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(
        CheckpointError, match=r"model\.safetensors: lacks encoder\.layers\.1\.attention\.k_proj"
    ):
        load_huggingface(folder)


def test_a_tensor_too_many_is_named(folder: Path) -> None:
    edit_config(folder, num_hidden_layers=2)
    with pytest.raises(CheckpointError, match=r"holds encoder\.layers\.2\."):
        load_huggingface(folder)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_type": "hubrt"}, "'model_type': 'hubrt' is not known"),
        ({"model_type": None}, "'model_type' is missing"),
        ({"hidden_size": 30}, "is not a multiple of heads"),
        ({"intermediate_size": 48}, r"intermediate_dense\.\w+ has shape"),
        ({"hidden_act": "gleu"}, "'hidden_act': 'gleu' is not known"),
        ({"add_adapter": True}, "'add_adapter'"),
        ({"num_hidden_layers": "many"}, "'num_hidden_layers'"),
    ],
)
def test_a_config_that_cannot_be_followed_is_refused_by_its_key(
    folder: Path, changes: dict[str, object], why: str
) -> None:
    edit_config(folder, **changes)
    with pytest.raises(CheckpointError, match=why) as caught:
        load_huggingface(folder)
    assert str(folder) in caught.value.what


def test_an_unknown_kind_of_encoder_has_a_neighbour(folder: Path) -> None:
    edit_config(folder, model_type="hubrt")
    with pytest.raises(CheckpointError) as caught:
        load_huggingface(folder)
    assert caught.value.tries[0] == "did you mean 'hubert'?"


@pytest.mark.parametrize("exits", [(1, 4), (9,)])
def test_an_exit_beyond_the_last_block_is_refused(folder: Path, exits: tuple[int, ...]) -> None:
    with pytest.raises(
        CheckpointError, match=rf"config\.json: key 'num_hidden_layers': exit {max(exits)} lies"
    ):
        load_huggingface(folder, exits=exits)


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        ({"<pad>": 0, "a": 1}, r"has 2 symbols, lm_head\.\w+ tells 14 apart"),
        ({"<pad>": 0, "a": 2}, "no symbol has id 1"),
        ({"<pad>": 0, "a": 1, "b": 1}, "key 'b': its id 1 is that of 'a'"),
        ({"deu": {"<pad>": 0}}, "key 'deu': an id is expected"),
        ({"a b": 0}, "key 'a b'"),
        ({"|": 0, " ": 1}, "stands twice"),
    ],
)
def test_a_wrong_vocabulary_is_refused(folder: Path, ids: dict[str, object], why: str) -> None:
    write_vocabulary(folder, ids)
    with pytest.raises(CheckpointError, match=rf"vocab\.json: .*{why}"):
        load_huggingface(folder)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        load_huggingface(tmp_path)


def test_as_a_checkpoint_of_ours_its_head_is_the_only_exit(folder: Path) -> None:
    with as_checkpoint(folder) as own:
        loaded = load_checkpoint(own)
        assert loaded.config.encoder.exits == (3,)
        with as_checkpoint(own) as same:
            assert same == own
    assert not own.exists()
    sound, length = torch.randn(1, 900, 1), torch.tensor([900])
    wanted = load_huggingface(folder).model(sound, length)[0][3]
    torch.testing.assert_close(loaded.model(sound, length)[0][3], wanted, atol=0, rtol=0)


def test_what_puts_out_no_text_is_no_checkpoint_yet(folder: Path, tmp_path: Path) -> None:
    headless = tmp_path / "headless"
    theirs("Hubert", SMALL, with_head=False).save_pretrained(headless)
    with pytest.raises(CheckpointError, match=r"has no vocab\.json"), as_checkpoint(headless):
        pass
    write_vocabulary(headless, {symbol: index for index, symbol in enumerate(SYMBOLS)})
    with pytest.raises(CheckpointError, match=r"lacks lm_head\.weight"), as_checkpoint(headless):
        pass
