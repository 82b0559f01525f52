"""What a front end on raw sound is lowered to computes the same."""

import pytest

torch = pytest.importorskip("torch", reason="lowering needs eedge[convert]")

from convert.lowering import lower  # noqa: E402
from training.pretrained import EarlyExitPretrained, PretrainedConfig  # noqa: E402
from training.pretrained.frontend import ConvLayer  # noqa: E402

TINY = PretrainedConfig(
    dim=16,
    heads=2,
    ff_dim=32,
    blocks=1,
    conv_dims=(12, 8, 8),
    conv_kernels=(10, 3, 2),
    conv_strides=(5, 2, 2),
    position_kernel=8,
    position_groups=2,
    exits=(1,),
)

KINDS: dict[str, dict[str, object]] = {
    "group norm": {},
    "a window that is no multiple of the hop": {"conv_kernels": (11, 3, 2)},
    "layer norm": {"conv_norm": "layer", "conv_bias": True, "pre_norm": True},
    "WavLM": {"family": "wavlm", "relative_buckets": 8, "relative_distance": 20},
    "Data2Vec": {
        "family": "data2vec-audio",
        "conv_norm": "layer",
        "position_layers": 2,
        "position_kernel": 7,
    },
}


def make(kind: str) -> EarlyExitPretrained:
    torch.manual_seed(1)
    model = EarlyExitPretrained(PretrainedConfig.model_validate(TINY.model_dump() | KINDS[kind]), 5)
    for parameter in model.parameters():
        parameter.requires_grad_(False).add_(0.1 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("real", [700, 333])
def test_the_cpu_form_computes_the_same_on_real_frames(kind: str, real: int) -> None:
    model = make(kind)
    samples, mask = torch.randn(1, 700, 1), torch.zeros(1, 700, 1)
    mask[:, :real] = 1.0
    frames = model.framing.frames(real)
    expected = model.frontend(samples, mask)
    found = lower(model.frontend, "cpu")(samples, mask)
    torch.testing.assert_close(found[:, :frames], expected[:, :frames], atol=1e-4, rtol=1e-4)
    frame_mask = model.frame_mask(mask)
    after = model.blocks[0](expected, frame_mask)
    lowered = lower(model.blocks[0], "cpu")(expected, frame_mask)
    torch.testing.assert_close(lowered[:, :frames], after[:, :frames], atol=1e-4, rtol=1e-4)


def test_a_channel_that_hears_only_what_is_weak_is_normalised_exactly() -> None:
    model = make("group norm")
    first = model.frontend.convs[0]
    assert isinstance(first, ConvLayer)
    # A tenth difference: of sound as smooth as this it leaves a millionth.
    signs = torch.tensor([1.0, -1.0]).repeat(5)
    first.conv.weight[0, 0] = torch.tensor([1, 9, 36, 84, 126, 126, 84, 36, 9, 1]) * signs / 512
    smooth = torch.sin(torch.arange(2000) / 30.0) + 1e-4 * torch.randn(2000)
    samples, mask = smooth.reshape(1, -1, 1), torch.ones(1, 2000, 1)
    exact = first.double()(samples.double().transpose(1, 2), mask.double()).float()
    found = lower(first.float(), "cpu")(samples.transpose(1, 2), mask)
    torch.testing.assert_close(found[0, 0], exact[0, 0], atol=2e-3, rtol=2e-3)


def test_lowering_leaves_the_module_as_it_was() -> None:
    for kind in KINDS:
        frontend = make(kind).frontend
        before = {name: value.clone() for name, value in frontend.state_dict().items()}
        lower(frontend, "cpu")
        assert all(torch.equal(before[name], now) for name, now in frontend.state_dict().items())
