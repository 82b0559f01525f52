"""Encoders on raw sound: masks, frames, and where branches attach."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.training.company import check_padding_and_company
from training.pretrained import LARGE, EarlyExitPretrained, PretrainedConfig

pytestmark = pytest.mark.slow

TINY = PretrainedConfig(
    dim=16,
    heads=2,
    ff_dim=32,
    blocks=3,
    conv_dims=(8, 8),
    conv_kernels=(10, 3),
    conv_strides=(5, 2),
    position_kernel=8,
    position_groups=2,
    exits=(1, 3),
)

KINDS: dict[str, dict[str, object]] = {
    "group norm": {},
    "group norm, before the norm": {"attach": "before_norm", "branch": "conv"},
    "layer norm, pre-norm": {
        "conv_norm": "layer",
        "conv_bias": True,
        "pre_norm": True,
        "branch": "self_attention",
    },
    "WavLM": {"family": "wavlm", "relative_buckets": 8, "relative_distance": 20},
    "Data2Vec": {"family": "data2vec-audio", "conv_norm": "layer", "position_layers": 3},
    "mHuBERT": {"position_batch_norm": True},
}


def make(kind: str = "group norm") -> EarlyExitPretrained:
    torch.manual_seed(0)
    config = PretrainedConfig.model_validate(TINY.model_dump() | KINDS[kind])
    model = EarlyExitPretrained(config, 7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None)
@given(length=st.integers(20, 400), padding=st.integers(0, 300))
def test_padding_and_company_never_change_a_real_frame(
    kind: str, length: int, padding: int
) -> None:
    check_padding_and_company(make(kind), length, padding)


@pytest.mark.parametrize("config", [PretrainedConfig(), LARGE])
@given(samples=st.integers(1, 200_000))
def test_a_frame_reads_25_ms_and_the_next_begins_20_ms_later(
    config: PretrainedConfig, samples: int
) -> None:
    assert config.framing.frames(samples) == max(0, (samples - 400) // 320 + 1)


def test_the_sizes_are_the_published_ones() -> None:
    with torch.device("meta"):
        base, large = (EarlyExitPretrained(config, 32) for config in (PretrainedConfig(), LARGE))
    # 94.4 M and 315 M in arXiv 2106.07447, table 1, without exits.
    assert sum(p.numel() for p in base.parameters()) / 1e6 == pytest.approx(94.4, abs=0.1)
    assert sum(p.numel() for p in large.parameters()) / 1e6 == pytest.approx(315.5, abs=0.3)


def test_before_the_norm_and_after_it_the_last_exit_is_the_same() -> None:
    after = make()
    before = EarlyExitPretrained(TINY.model_copy(update={"attach": "before_norm"}), 7).eval()
    state = after.state_dict()
    names = {
        "blocks.1.entry_norm": "blocks.0.feed_forward_norm",
        "blocks.2.entry_norm": "blocks.1.feed_forward_norm",
        "branches.3.norm": "blocks.2.feed_forward_norm",
        "branches.3.head": "branches.3",
    }
    for name in before.state_dict():
        stem = next((stem for stem in names if name.startswith(stem)), None)
        source = name.replace(stem, names[stem]) if stem else name
        before.get_parameter(name).data.copy_(state[source])
    sound, length = torch.randn(1, 400, 1), torch.tensor([400])
    with torch.no_grad():
        one, other = before(sound, length)[0], after(sound, length)[0]
    torch.testing.assert_close(one[3], other[3])
    assert not torch.allclose(one[1], other[1])


def test_branches_are_networks_of_their_own() -> None:
    parameters = [set(branch.parameters()) for branch in make().branches.values()]
    assert not parameters[0] & parameters[1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exits": (2, 4)}, "must follow block 3"),
        ({"heads": 3}, "not a multiple of heads"),
        ({"position_groups": 3}, "not a multiple of position_groups"),
        ({"conv_kernels": (10,)}, "equally many"),
        ({"conv_strides": (5, 0)}, "positive"),
        ({"family": "wavlm"}, "relative_buckets"),
        ({"relative_buckets": 8}, "are wavlm's"),
        ({"family": "whisper"}, "family"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PretrainedConfig.model_validate(TINY.model_dump() | change)


def test_heads_are_tied_only_on_request() -> None:
    """Published code has six "exit heads" that are one module by mistake."""
    plain = EarlyExitPretrained(TINY, 5).branches
    assert plain["1"] is not plain["3"]
    assert not {id(p) for p in plain["1"].parameters()} & {id(p) for p in plain["3"].parameters()}
    tied = EarlyExitPretrained(TINY.model_copy(update={"tied": True}), 5).branches
    assert tied["1"] is tied["3"]
    with pytest.raises(ValidationError, match="conv branches cannot"):
        PretrainedConfig(tied=True, branch="conv")
