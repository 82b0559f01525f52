"""The encoder: masks, exits, and the mistakes that published early-exit code is known for."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.training.company import check_padding_and_company
from training.branches import BranchKind
from training.conformer import ConformerConfig, EarlyExitConformer, MaskedBatchNorm

TINY = ConformerConfig(
    n_mels=16, channels=4, dim=16, heads=2, ff_dim=32, kernel=5, blocks=4, exits=(2, 4)
)
VOCABULARY = 7


def make_model(branch: BranchKind = "linear") -> EarlyExitConformer:
    torch.manual_seed(0)
    model = EarlyExitConformer(TINY.model_copy(update={"branch": branch}), VOCABULARY)
    for module in model.modules():
        if isinstance(module, MaskedBatchNorm):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
    return model.eval()


@pytest.mark.parametrize("branch", ["linear", "conv", "self_attention"])
@settings(max_examples=8, deadline=None)
@given(length=st.integers(1, 90), padding=st.integers(0, 60))
def test_padding_and_company_never_change_a_real_frame(
    branch: BranchKind, length: int, padding: int
) -> None:
    check_padding_and_company(make_model(branch), length, padding)


@pytest.mark.parametrize(("feature_frames", "expected"), [(1, 1), (4, 1), (5, 2), (400, 100)])
def test_four_feature_frames_make_one(feature_frames: int, expected: int) -> None:
    logits, frames = make_model()(
        torch.zeros(1, feature_frames, TINY.n_mels), torch.tensor([feature_frames])
    )
    assert frames.tolist() == [expected]
    assert logits[4].shape == (1, expected, VOCABULARY)


def test_branches_are_networks_of_their_own() -> None:
    parameters = [set(branch.parameters()) for branch in make_model().branches.values()]
    assert not parameters[0] & parameters[1]


def test_batch_norm_counts_real_frames_only() -> None:
    norm = MaskedBatchNorm(3)
    x = torch.randn(2, 5, 3)
    mask = torch.ones(2, 5, 1)
    mask[1, 2:] = 0
    x[1, 2:] = 1e3
    normed = norm(x, mask)
    real = torch.cat([normed[0], normed[1, :2]])
    torch.testing.assert_close(real.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(real.var(0, unbiased=False), torch.ones(3), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exits": ()}, "exits is empty"),
        ({"exits": (4, 2)}, "ascending"),
        ({"exits": (0, 4)}, "from 1 on"),
        ({"exits": (2, 3)}, "must follow block 4"),
        ({"exits": (2, 5)}, "must follow block 4"),
        ({"heads": 3}, "not a multiple"),
        ({"kernel": 4}, "must be odd"),
        ({"family": "hubert"}, "family"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ConformerConfig.model_validate(TINY.model_dump() | change)
