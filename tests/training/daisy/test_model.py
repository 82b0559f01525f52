"""An encoder that carries the sum of its layers along, and who decides where it ends."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from training.daisy import DaisyConfig, EarlyExitDaisy
from training.daisy.entropy import first_sure, mean_entropy, unit_entropies
from training.daisy.model import Head
from training.daisy.task import HeadTask
from training.loader import Batch
from training.pretrained import EarlyExitPretrained, PretrainedConfig

TINY = PretrainedConfig(
    dim=16,
    heads=2,
    ff_dim=24,
    blocks=3,
    exits=(1, 2, 3),
    conv_dims=(6, 8),
    conv_kernels=(8, 4),
    conv_strides=(4, 4),
    position_kernel=5,
    position_groups=2,
    dropout=0.0,
)
UNITS, SYMBOLS = 7, 5


def daisy(**changes: object) -> EarlyExitDaisy:
    torch.manual_seed(0)
    encoder = TINY.model_copy(update=changes)
    model = EarlyExitDaisy(DaisyConfig(encoder=encoder, units=UNITS), SYMBOLS).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("log_weight"):
            parameter.data.normal_()
    return model


def sounds(*lengths: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    rows = [torch.randn(length, 1) for length in lengths]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return padded, torch.tensor(lengths)


@pytest.mark.parametrize("pre_norm", [False, True])
@pytest.mark.parametrize("attach", ["after_norm", "before_norm"])
@torch.no_grad()
def test_the_head_reads_the_softmax_weighted_sum_of_the_layers_up_to_the_exit(
    pre_norm: bool, attach: str
) -> None:
    model = daisy(pre_norm=pre_norm, attach=attach)
    plain = EarlyExitPretrained(model.config.encoder, UNITS).eval()
    model.adopt(plain)
    features, lengths = sounds(400)
    mask = torch.ones(1, 400, 1)
    layers = [plain.frontend(features, mask)]
    mask = plain.frame_mask(mask)
    for block in plain.blocks:
        layers.append(block(layers[-1], mask))
    named = model.named_parameters()
    weights: list[Tensor] = [weight for name, weight in named if name.endswith("log_weight")]
    logits, _ = model(features, lengths)
    for exit, found in logits.items():
        read = layers[: exit + 1]
        if pre_norm and attach == "after_norm":
            read = [layer_norm(layer, layer.shape[-1:]) for layer in read]
        shares = torch.cat(weights[: exit + 1]).softmax(0)
        mixed = torch.stack([share * layer for share, layer in zip(shares, read, strict=True)])
        head = model.branches[str(exit)]
        assert isinstance(head, Head)
        expected = head.inner(head.norm(mixed.sum(0)), mask)
        # The sum is larger than the mean, so that the LayerNorm's epsilon weighs a little less.
        torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)


@torch.no_grad()
def test_units_are_named_as_by_the_encoder_alone() -> None:
    model, plain = daisy(), EarlyExitPretrained(TINY, UNITS).eval()
    model.adopt(plain)
    features, lengths = sounds(400, 300)
    states, mask = model.states(features, lengths)
    expected, _ = plain(features, lengths)
    for exit, x in states.items():
        torch.testing.assert_close(model.units[str(exit)](x, mask), expected[exit])


@torch.no_grad()
def test_where_an_utterance_leaves_does_not_depend_on_its_batch() -> None:
    model = daisy()
    together, lengths = sounds(400, 150, 700, 90)
    states, mask = model.states(together, lengths)
    of_batch = unit_entropies(model, states, mask)
    for row, length in enumerate(lengths.tolist()):
        alone, mask = model.states(together[row : row + 1, :length], lengths[row : row + 1])
        of_one = unit_entropies(model, alone, mask)
        torch.testing.assert_close(of_batch[row : row + 1], of_one, atol=1e-5, rtol=1e-5)
        for threshold in of_one[0].tolist():
            nearly = threshold + 1e-4
            assert first_sure(of_batch, nearly)[row] == first_sure(of_one, nearly)[0]


def test_entropy_counts_real_frames_and_is_in_nats() -> None:
    logits = torch.zeros(1, 4, 8)
    logits[0, 2:, 0] = 100.0
    whole = torch.ones(1, 4, 1)
    assert mean_entropy(logits, whole)[0] == pytest.approx(torch.log(torch.tensor(8.0)).item() / 2)
    half = whole.clone()
    half[0, 2:] = 0
    assert mean_entropy(logits, half)[0] == pytest.approx(torch.log(torch.tensor(8.0)).item())


def test_who_is_never_sure_takes_the_last_exit() -> None:
    entropies = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [3.0, 3.0, 3.0]])
    assert first_sure(entropies, 2.0).tolist() == [1, 0, 2]


def test_training_the_head_leaves_the_encoder_and_its_units_as_they_are() -> None:
    model = daisy()
    task = HeadTask(model, threshold=1.5)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in task.parameters() if p.requires_grad], lr=0.1)
    features, lengths = sounds(700, 500)
    targets = torch.tensor([[1, 2], [3, 0]])
    task.train()
    loss, _ = task(Batch(features, lengths, targets, torch.tensor([2, 1])))
    loss.backward()
    optimiser.step()
    still = task.frozen_names()
    moved = {n for n, tensor in model.state_dict().items() if not torch.equal(tensor, before[n])}
    assert moved
    assert not moved & still
    assert {name.split(".")[0] for name in moved} <= {"frontend", "blocks", "branches"}
    assert all("adder" in name for name in moved if not name.startswith("branches"))
