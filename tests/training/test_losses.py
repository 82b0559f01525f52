"""The loss of all exits together."""

import math

import pytest
import torch

from training.errors import RecipeError
from training.losses import ExitLoss, LossSettings, ctc, divergence

EXITS = (2, 4)
TARGETS, LENGTHS, FRAMES = torch.tensor([[1]]), torch.tensor([1]), torch.tensor([1])


def logits(probability: float) -> torch.Tensor:
    """One frame of two symbols, of which symbol 1 has this probability."""
    return torch.tensor([[[math.log(1 - probability), math.log(probability)]]])


def total(settings: LossSettings) -> float:
    loss = ExitLoss(settings, EXITS)
    both = {2: logits(0.25), 4: logits(0.5)}
    value: torch.Tensor = loss(both, FRAMES, TARGETS, LENGTHS)[0]
    return value.item()


SHALLOW, DEEP = math.log(4), math.log(2)
MIXED = 0.65 * SHALLOW + 0.9 * DEEP


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (LossSettings(), SHALLOW + DEEP),
        (LossSettings(weighting="fixed", weights=(0.65, 1.0)), 0.65 * SHALLOW + DEEP),
        (LossSettings(weighting="joint", branch_weight=0.3), 0.3 * SHALLOW + DEEP),
        (LossSettings(weighting="depth"), (2 * SHALLOW + 4 * DEEP) / 6),
        (LossSettings(weighting="learnt"), SHALLOW + DEEP),
        (
            LossSettings(weighting="distil", distil_weight=0.5),
            SHALLOW + DEEP + 0.5 * (0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)),
        ),
        (LossSettings(weighting="distil", weights=(0.65, 0.9), distil_weight=0.0), MIXED),
    ],
)
def test_exits_are_weighed_as_the_recipe_says(settings: LossSettings, expected: float) -> None:
    assert total(settings) == pytest.approx(expected, rel=1e-5)


def test_learnt_weights_move_with_the_losses() -> None:
    loss = ExitLoss(LossSettings(weighting="learnt"), EXITS)
    value, _ = loss({2: logits(0.01), 4: logits(0.9)}, FRAMES, TARGETS, LENGTHS)
    value.backward()
    gradient = loss.log_scale.grad
    assert gradient is not None
    assert gradient[0] < 0 < gradient[1]


def test_the_teacher_of_a_distillation_is_not_taught() -> None:
    teacher = logits(0.5).requires_grad_()
    log_probs = {2: logits(0.25), 4: teacher}
    loss = ExitLoss(LossSettings(weighting="distil", distil_weight=100.0), EXITS)
    loss(log_probs, FRAMES, TARGETS, LENGTHS)[0].backward()
    with_gap, teacher.grad = teacher.grad, None
    ExitLoss(LossSettings(), EXITS)(log_probs, FRAMES, TARGETS, LENGTHS)[0].backward()
    torch.testing.assert_close(with_gap, teacher.grad)


def test_one_weight_per_exit_or_none() -> None:
    with pytest.raises(RecipeError, match="3 values for 2 exits"):
        ExitLoss(LossSettings(weighting="fixed", weights=(1, 1, 1)), EXITS)
    with pytest.raises(RecipeError, match="1 values for 2 exits"):
        ExitLoss(LossSettings(weighting="distil", weights=(1,)), EXITS)


def test_ctc_never_sees_padding() -> None:
    torch.manual_seed(0)
    log_probs = torch.randn(2, 9, 5).log_softmax(-1)
    targets, lengths = torch.tensor([[1, 2, 3], [4, 0, 0]]), torch.tensor([3, 1])
    frames = torch.tensor([9, 4])
    together = ctc(log_probs, frames, targets, lengths) * 4
    first = ctc(log_probs[:1], frames[:1], targets[:1], lengths[:1]) * 3
    second = ctc(log_probs[1:, :4], frames[1:], targets[1:, :1], lengths[1:])
    torch.testing.assert_close(together, first + second)


def test_divergence_counts_real_frames_only() -> None:
    torch.manual_seed(0)
    teacher, student = torch.randn(2, 1, 6, 5).log_softmax(-1)
    whole = divergence(teacher[:, :4], student[:, :4], torch.tensor([4]))
    torch.testing.assert_close(divergence(teacher, student, torch.tensor([4])), whole)
    assert divergence(teacher, teacher, torch.tensor([6])) == pytest.approx(0.0, abs=1e-6)
