"""What a part is lowered to computes the same."""

import pytest

torch = pytest.importorskip("torch", reason="lowering needs eedge[convert]")

from convert.lowering import lower  # noqa: E402
from convert.lowering.cpu import MergedAttention  # noqa: E402
from training.branches import make_branch  # noqa: E402
from training.conformer import ConformerBlock, ConformerConfig  # noqa: E402

CONFIG = ConformerConfig(n_mels=24, dim=24, heads=3, ff_dim=32, kernel=5, blocks=1, exits=(1,))


def modules():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        block = ConformerBlock(CONFIG)
        norm = block.conv.batch_norm
        for values in (norm.weight, norm.bias, norm.running_mean):
            torch.nn.init.normal_(values)
        torch.nn.init.uniform_(norm.running_var, 0.5, 2.0)
        branch = make_branch("self_attention", 24, 9, 0.0)
        return {"block": block.eval(), "branch": branch.eval()}


@pytest.mark.parametrize("name", ["block", "branch"])
@pytest.mark.parametrize("real", [11, 7])
def test_the_cpu_form_computes_the_same_on_real_frames(name: str, real: int) -> None:
    module = modules()[name]
    x, mask = torch.randn(2, 11, 24), torch.zeros(2, 11, 1)
    mask[:, :real] = 1.0
    with torch.no_grad():
        expected, found = module(x, mask), lower(module, "cpu")(x, mask)
    torch.testing.assert_close(found[:, :real], expected[:, :real], atol=1e-5, rtol=1e-5)


def test_lowering_leaves_the_module_as_it_was() -> None:
    block = modules()["block"]
    before = {name: value.clone() for name, value in block.state_dict().items()}
    assert type(lower(block, "cpu").attention) is not type(block.attention)
    after = block.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_padding_bias_set_for_a_recipe_is_kept() -> None:
    block = modules()["block"]
    block.attention.padding_bias = -30.0
    lowered = lower(block, "cpu").attention
    assert isinstance(lowered, MergedAttention)
    assert lowered.padding_bias == -30.0


def test_a_target_without_rewrites_gets_the_module_as_it_is() -> None:
    block = modules()["block"]
    assert type(lower(block, "nnapi").conv) is type(block.conv)
