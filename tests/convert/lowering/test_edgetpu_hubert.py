"""HuBERT and its relatives on the Edge TPU: the same, in operators that it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="lowering needs eedge[convert]")

from boards.board import load_board  # noqa: E402
from convert.lowering import lower  # noqa: E402
from convert.lowering.edgetpu.attention import TpuAttention, TpuGatedDistances  # noqa: E402
from convert.lowering.edgetpu.framewise import PointwiseConv, mapped  # noqa: E402
from convert.lowering.edgetpu.sound import TpuPositionLayer  # noqa: E402
from tests.convert.lowering.test_sound import KINDS, TINY  # noqa: E402
from training.branches import make_branch  # noqa: E402
from training.pretrained import EarlyExitPretrained, PretrainedConfig  # noqa: E402
from training.pretrained.attention import Attention, GatedDistances, split_heads  # noqa: E402
from training.pretrained.frontend import ACTIVATIONS, PositionLayer  # noqa: E402
from training.pretrained.model import NormedBranch  # noqa: E402

BEFORE_NORM: dict[str, object] = {"attach": "before_norm", "blocks": 2, "exits": (2,)}
EXACT: dict[str, object] = {"activation": "silu", "conv_activation": "silu"}
"""GELU is only nearly x · σ(1.702 x)."""

FARTHEST_OFF = 2e-2
"""e^-6 is what a weight of attention may be off."""


def make(changes: dict[str, object]) -> EarlyExitPretrained:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = PretrainedConfig.model_validate(TINY.model_dump() | EXACT | changes)
        model = EarlyExitPretrained(config, 5)
        for parameter in model.parameters():
            parameter.requires_grad_(False).add_(0.1 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("real", [700, 333])
def test_a_front_end_computes_the_same_on_real_frames(kind: str, real: int) -> None:
    model = make(KINDS[kind])
    samples, mask = torch.randn(1, 700, 1), torch.zeros(1, 700, 1)
    mask[:, :real] = 1.0
    frames = model.framing.frames(real)
    expected = model.frontend(samples, mask)
    found = lower(model.frontend, "edgetpu")(samples, mask)
    torch.testing.assert_close(found[:, :frames], expected[:, :frames], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", [*KINDS, "before norm"])
@pytest.mark.parametrize("real", [11, 7])
def test_a_block_computes_the_same_on_real_frames(kind: str, real: int) -> None:
    model = make(KINDS.get(kind, BEFORE_NORM))
    x, mask = torch.randn(1, 11, 16), torch.zeros(1, 11, 1)
    mask[:, :real] = 1.0
    for block in model.blocks:
        expected, found = block(x, mask), lower(block, "edgetpu")(x, mask)
        torch.testing.assert_close(found[:, :real], expected[:, :real], atol=FARTHEST_OFF, rtol=0)


@pytest.mark.parametrize("kind", ["linear", "conv", "self_attention"])
@pytest.mark.parametrize("normed", [False, True])
def test_a_branch_computes_the_same_on_real_frames(kind, normed: bool) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        branch = make_branch(kind, 16, 9, 0.0)
        norm = torch.nn.LayerNorm(16)
        for parameter in norm.parameters():
            torch.nn.init.normal_(parameter)
        module = NormedBranch(norm, branch).eval() if normed else branch.eval()
        x, mask = 2.0 * torch.randn(1, 11, 16), torch.ones(1, 11, 1)
    mask[:, 8:] = 0.0
    with torch.no_grad():
        expected, found = module(x, mask), lower(module, "edgetpu")(x, mask)
    torch.testing.assert_close(found[:, :8], expected[:, :8], atol=FARTHEST_OFF, rtol=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_off_by_no_more_than_its_form_says(name) -> None:
    x = torch.linspace(-8.0, 8.0, 4001)
    function, gain = mapped(ACTIVATIONS[name])
    off = (function(gain * x) / gain - ACTIVATIONS[name](x)).abs().max()
    assert off < (0.021 if name.startswith("gelu") else 1e-6)


def test_gains_before_and_behind_a_product_cancel() -> None:
    linear, x = torch.nn.Linear(8, 4), torch.randn(1, 3, 8)
    with torch.no_grad():
        found = PointwiseConv(linear, gain=3.0, taken=1.5)(1.5 * x)
        torch.testing.assert_close(found, 3.0 * linear(x))


def test_what_is_centred_has_mean_0_in_every_frame() -> None:
    linear, x = torch.nn.Linear(8, 4), torch.randn(1, 3, 8)
    with torch.no_grad():
        plain = linear(x)
        found = PointwiseConv(linear, centred=True)(x)
        torch.testing.assert_close(found, plain - plain.mean(-1, keepdim=True))


def test_what_all_keys_have_in_common_does_not_count() -> None:
    plain = Attention(TINY).eval()
    x, mask = torch.randn(1, 6, 16), torch.ones(1, 6, 1)
    with torch.no_grad():
        before = TpuAttention(plain)(x, mask)
        plain.key.bias.add_(50.0)
        torch.testing.assert_close(TpuAttention(plain)(x, mask), before)


@pytest.mark.parametrize("length", [3, 30])
def test_gated_distances_are_those_of_wavlm(length: int) -> None:
    changes = TINY.model_dump() | KINDS["WavLM"]
    plain = GatedDistances(PretrainedConfig.model_validate(changes)).eval()
    with torch.no_grad():
        plain.gate_scale.normal_()
        x = torch.randn(1, length, 16)
        expected = plain(split_heads(x, 2))[0]
        found = torch.cat(TpuGatedDistances(plain, None)(x))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("taken", [1.0, 1.702])
def test_a_positional_convolution_in_groups_is_the_grouped_one(taken: float) -> None:
    plain = PositionLayer(PretrainedConfig.model_validate(TINY.model_dump() | EXACT)).eval()
    x = torch.randn(1, 20, 16)
    lowered = TpuPositionLayer(plain, taken)
    with torch.no_grad():
        torch.testing.assert_close(
            lowered(taken * x) / lowered.gain, plain(x), atol=1e-5, rtol=1e-5
        )


def converted(model: EarlyExitPretrained, name: str, frames: int, folder: Path) -> Path:
    from convert.export import export_part, signature
    from convert.parts import Part, encoder_parts

    part = next(part for part in encoder_parts(model) if part.name == name)
    example = {key: torch.ones_like(value) for key, value in part.inputs(frames).items()}
    for key in example.keys() - {"mask"}:
        example[key].normal_()
    samples = {signature(frames): [{key: value.numpy() for key, value in example.items()}]}
    lowered = Part(name, lower(part.module, "edgetpu"), part.inputs)
    return export_part(lowered, [frames], folder, "static-int8", samples, borders={})


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [("WavLM", "block_01"), ("layer norm", "exit_01")])
def test_every_operator_of_blocks_and_branches_maps(kind: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.explain.explained import explain

    model = make(KINDS[kind] | {"blocks": 2, "exits": (1, 2), "branch": "self_attention"})
    path = converted(model, name, 12, tmp_path)
    (explained,) = explain([path], load_board("coral-usb")).files
    assert all(place == "accelerator" for _, _, place in explained.rows)


@pytest.mark.slow
def test_of_a_front_end_only_what_reads_samples_stays_on_the_cpu_and_float(tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.explain.explained import explain

    path = converted(make({}), "frontend", 20, tmp_path)
    (explained,) = explain([path], load_board("coral-usb")).files
    assert [stretch.place for stretch in explained.stretches] == ["cpu", "accelerator"]
    assert {tensor.type for tensor in explained.graph.inputs} == {"FLOAT32"}
    assert {tensor.type for tensor in explained.graph.outputs} == {"INT8"}
    on_cpu = [operator for operator, _, place in explained.rows if place == "cpu"]
    crossing = [tensor for operator in on_cpu for tensor in operator.outputs]
    assert {t.type for t in crossing} == {"FLOAT32", "INT8"}
    assert sum(operator.name == "QUANTIZE" for operator in on_cpu) == 2


@pytest.mark.slow
def test_a_block_of_the_width_of_hubert_base_maps_and_runs(tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.explain.explained import explain
    from edge.interpreter import Runner

    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = EarlyExitPretrained(PretrainedConfig(blocks=1, exits=(1,)), 5).eval()
    path = converted(model, "block_01", 16, tmp_path)
    (explained,) = explain([path], load_board("coral-usb")).files
    assert all(place == "accelerator" for _, _, place in explained.rows)
    x = torch.randn(1, 16, 768)
    with torch.no_grad():
        expected = model.blocks[0](x, torch.ones(1, 16, 1)).numpy()
    found = Runner(path).run("t16", x.numpy(), np.ones((1, 16, 1), np.float32))
    noise = float(np.square(found - expected).mean() / np.square(expected).mean())
    assert 10 * np.log10(1 / noise) > 20
