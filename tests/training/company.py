"""What must hold of any encoder: an utterance's result is its own."""

import torch

from training.encoder import EarlyExitEncoder


def check_padding_and_company(model: EarlyExitEncoder, length: int, padding: int) -> None:
    """Compare an utterance alone with itself in a batch, beside a longer one and what is noise."""
    sound = torch.randn(length, model.width)
    batch = torch.randn(2, length + padding, model.width)
    batch[0, :length] = sound
    with torch.no_grad():
        alone, frames = model(sound[None], torch.tensor([length]))
        together, _ = model(batch, torch.tensor([length, length + padding]))
    real = int(frames[0])
    for exit in model.config.exits:
        assert alone[exit].shape[1] == real
        torch.testing.assert_close(together[exit][0, :real], alone[exit][0], atol=1e-4, rtol=1e-4)
