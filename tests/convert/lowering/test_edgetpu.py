"""What the Edge TPU gets computes the same, in operators that it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="lowering needs eedge[convert]")

from convert.lowering import lower  # noqa: E402
from convert.lowering.edgetpu import attention as tpu  # noqa: E402
from tests.convert.lowering.test_lower import CONFIG, modules  # noqa: E402
from training.conformer import FrontEnd  # noqa: E402


@pytest.mark.parametrize("real", [11, 7])
def test_a_block_computes_the_same_on_real_frames(real: int) -> None:
    block = modules()["block"]
    x, mask = torch.randn(1, 11, 24), torch.zeros(1, 11, 1)
    mask[:, :real] = 1.0
    with torch.no_grad():
        expected, found = block(x, mask), lower(block, "edgetpu")(x, mask)
    # e^-6 is what a weight of attention may be off.
    torch.testing.assert_close(found[:, :real], expected[:, :real], atol=2e-2, rtol=0)


def test_what_lies_in_padding_changes_nothing() -> None:
    lowered = lower(modules()["block"], "edgetpu")
    x, mask = torch.randn(1, 11, 24), torch.zeros(1, 11, 1)
    mask[:, :7] = 1.0
    other = torch.where(mask > 0, x, x + 9.0)
    with torch.no_grad():
        torch.testing.assert_close(lowered(x, mask)[:, :7], lowered(other, mask)[:, :7])


def test_a_front_end_computes_the_same() -> None:
    front = FrontEnd(CONFIG).eval()
    features, mask = torch.randn(1, 40, CONFIG.n_mels), torch.ones(1, 40, 1)
    mask[:, 30:] = 0.0
    with torch.no_grad():
        torch.testing.assert_close(
            lower(front, "edgetpu")(features, mask), front(features, mask), atol=1e-5, rtol=1e-5
        )


def softmax(affinity, real):
    weights = tpu.powers(affinity, real)
    low, high = tpu.inverse_total(weights)
    return weights * low * high


def test_softmax_is_exact_within_six_of_the_largest() -> None:
    affinity = 5.9 * torch.rand(1, 50, 50)
    torch.testing.assert_close(softmax(affinity, torch.ones(1, 1, 50)), affinity.softmax(-1))


def test_what_is_farther_below_weighs_as_much_as_at_six() -> None:
    affinity = torch.tensor([[[0.0, -6.0, -60.0]]])
    found = softmax(affinity, torch.ones(1, 1, 3))
    below = np.exp(-6.0)
    expected = np.array([1.0, below, below]) / (1 + 2 * below)
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-4)


@pytest.mark.parametrize("keys", [1, 5, 6, 7, 400])
def test_the_inverse_of_a_total_holds_on_both_sides_of_six(keys: int) -> None:
    weights = torch.full((1, 3, keys), 1.0)
    low, high = tpu.inverse_total(weights)
    torch.testing.assert_close(low * high, torch.full((1, 3, 1), 1 / keys))


def test_a_mean_of_small_and_large_weights_is_that_of_all() -> None:
    weights, value = torch.rand(1, 9, 9) ** 3, torch.randn(1, 9, 4)
    weights[..., 0] = 1.0
    expected = (weights / weights.sum(-1, keepdim=True)) @ value
    torch.testing.assert_close(tpu.weighted_mean(weights, value), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_what_passes_a_border_has_the_range_that_it_was_given(tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.explain.model import read_model
    from convert.export import export_part
    from convert.parts import Part
    from convert.recipes import OUTPUT

    def inputs(frames):
        length = 4 * frames
        return {
            "features": torch.randn(1, length, CONFIG.n_mels),
            "mask": torch.ones(1, length, 1),
        }

    part = Part("frontend", lower(FrontEnd(CONFIG).eval(), "edgetpu"), inputs)
    samples = {"t12": [{name: value.numpy() for name, value in inputs(12).items()}]}
    borders = {"features": (-5.1, 7.65), "mask": (0.0, 1.0), OUTPUT: (-2.55, 2.55)}
    path = export_part(part, [12], tmp_path, "static-int8", samples, borders)
    (graph,) = read_model(path)
    scales = sorted(scale for tensor in graph.inputs for scale in tensor.scales)
    assert scales == pytest.approx([1 / 255, 12.75 / 255])
    assert graph.outputs[0].scales == pytest.approx([5.1 / 255])


@pytest.mark.slow
def test_the_largest_logits_are_not_cut_off(tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.explain.model import read_model
    from convert.export import export_part
    from convert.parts import Part

    def inputs(frames):
        return {"x": torch.randn(1, frames, 24)}

    branch = lower(torch.nn.Linear(24, 32), "edgetpu")
    x = inputs(12)["x"]
    x[:, 5] *= 30.0
    with torch.no_grad():
        logits = branch(x)
    part = Part("exit_01", branch, inputs)
    path = export_part(part, [12], tmp_path, "static-int8", {"t12": [{"x": x.numpy()}]}, borders={})
    (graph,) = read_model(path)
    assert graph.outputs[0].scales[0] * 255 >= 0.99 * float(logits.max() - logits.min())
