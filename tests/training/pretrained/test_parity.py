"""Layer by layer, ours computes what `transformers` does."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

pytest.importorskip("transformers")

from tests.training.pretrained.folders import DATA2VEC, SMALL, theirs, write
from training.checkpoint import load_checkpoint, save_checkpoint
from training.encoder import EarlyExitEncoder
from training.pretrained.huggingface import load_huggingface

pytestmark = pytest.mark.slow

GROUP = {"feat_extract_norm": "group", "conv_bias": False}
LAYER = {"feat_extract_norm": "layer", "conv_bias": True}
PRE, POST = {"do_stable_layer_norm": True}, {"do_stable_layer_norm": False}

KINDS = {
    f"{name} {front} {order}": (name, {**GROUP, **{"group": GROUP, "layer": LAYER}[front], **norm})
    for name in ("Hubert", "Wav2Vec2", "WavLM")
    for front in ("group", "layer")
    for order, norm in (("pre", PRE), ("post", POST))
} | {
    "Data2Vec": ("Data2VecAudio", DATA2VEC | LAYER),
    "mHuBERT": ("Hubert", {"conv_pos_batch_norm": True}),
}


def hidden(model: EarlyExitEncoder, samples: Tensor, mask: Tensor) -> list[Tensor]:
    """What the front end and each block put out."""
    x = model.frontend(samples, mask)
    frame_mask = model.frame_mask(mask)
    result = [x]
    for block in model.blocks:
        x = block(x, frame_mask)
        result.append(x)
    return result


@pytest.mark.parametrize(("name", "config"), KINDS.values(), ids=KINDS.keys())
@torch.no_grad()
def test_layer_by_layer_it_is_what_transformers_computes(
    name: str, config: Mapping[str, object], tmp_path: Path
) -> None:
    reference = theirs(name, {**SMALL, **config})
    ours = load_huggingface(write(reference, tmp_path), exits=(1, 3))
    samples = torch.randn(2, 3000)
    found = hidden(ours.model, samples[..., None], torch.ones(2, 3000, 1))
    logits, frames = ours.model(samples[..., None], torch.tensor([3000, 3000]))
    wanted = reference(samples, output_hidden_states=True)
    for depth in range(3):
        torch.testing.assert_close(found[depth], wanted.hidden_states[depth], atol=1e-4, rtol=0)
    torch.testing.assert_close(logits[3], wanted.logits, atol=1e-4, rtol=0)
    assert frames.tolist() == [wanted.logits.shape[1]] * 2


@pytest.mark.parametrize("order", [PRE, POST], ids=["pre", "post"])
@pytest.mark.parametrize("name", ["Hubert", "WavLM"])
@torch.no_grad()
def test_with_a_mask_it_is_what_transformers_computes_of_real_frames(
    name: str, order: Mapping[str, object], tmp_path: Path
) -> None:
    reference = theirs(name, {**SMALL, **LAYER, **order})
    ours = load_huggingface(write(reference, tmp_path))
    lengths = torch.tensor([3000, 1700])
    samples = torch.randn(2, 3000)
    mask = (torch.arange(3000) < lengths[:, None]).long()
    logits, frames = ours.model(samples[..., None], lengths)
    wanted = reference(samples * mask, attention_mask=mask).logits
    for index, real in enumerate(frames):
        torch.testing.assert_close(logits[3][index, :real], wanted[index, :real], atol=1e-4, rtol=0)


@torch.no_grad()
def test_what_was_saved_as_a_checkpoint_of_ours_computes_the_same(tmp_path: Path) -> None:
    reference = theirs("WavLM", {**SMALL, **LAYER, **PRE})
    loaded = load_huggingface(write(reference, tmp_path / "theirs"))
    folder = tmp_path / "ours"
    save_checkpoint(
        folder, loaded.config, loaded.model, loaded.tokens.symbols, "# card\n", torch.float32
    )
    samples, length = torch.randn(1, 3000, 1), torch.tensor([3000])
    again = load_checkpoint(folder)
    assert again.config == loaded.config
    torch.testing.assert_close(
        again.model(samples, length)[0], loaded.model(samples, length)[0], atol=0, rtol=0
    )
    wanted = reference(samples[..., 0]).logits
    torch.testing.assert_close(again.model(samples, length)[0][3], wanted, atol=1e-4, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        {},
        {
            **LAYER,
            **PRE,
            "hidden_size": 1024,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
        },
    ],
    ids=["base", "large"],
)
@torch.no_grad()
def test_the_real_sizes_agree(config: Mapping[str, object], tmp_path: Path) -> None:
    reference = theirs("Hubert", {**config, "vocab_size": SMALL["vocab_size"]})
    ours = load_huggingface(write(reference, tmp_path))
    samples = torch.randn(1, 16_000)
    logits, _ = ours.model(samples[..., None], torch.tensor([16_000]))
    wanted = reference(samples).logits
    torch.testing.assert_close(logits[len(ours.model.blocks)], wanted, atol=1e-4, rtol=0)
