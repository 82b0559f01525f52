"""A tiny checkpoint with random weights, and what conversion makes of it."""

from pathlib import Path

import numpy as np
import pytest

from convert.trace import Array
from edge.features import FeatureSettings
from edge.ngrams import SeenNgrams
from tests.sharing import made_once

torch = pytest.importorskip("torch", reason="conversion needs eedge[convert]")
pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

BUCKETS = (12, 25)
FEATURES = FeatureSettings(n_mels=24)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two blocks of width 16, an exit after each; not to be written to."""
    from training.checkpoint import CheckpointConfig, save_checkpoint
    from training.conformer import ConformerConfig, EarlyExitConformer
    from training.vocabulary import CHARACTERS

    encoder = ConformerConfig(
        n_mels=24, channels=4, dim=16, heads=2, ff_dim=32, kernel=5, blocks=2, exits=(1, 2)
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = EarlyExitConformer(encoder, len(CHARACTERS))
        with torch.no_grad():
            for name, parameter in model.branches.named_parameters():
                if name.endswith("weight"):
                    parameter.mul_(8.0)
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    config = CheckpointConfig(name="tiny", features=FEATURES, encoder=encoder)
    seen = SeenNgrams.of([[2, 3, 4], [5, 6]])
    save_checkpoint(folder, config, model, CHARACTERS, "# tiny\n", ngrams=seen)
    return folder


@pytest.fixture(scope="session")
def speech() -> list[Array]:
    """Twelve stretches of frames that fill the buckets to various degrees."""
    rng = np.random.default_rng(5)
    lengths = (7, 12, 23, 31, 40, 48, 55, 64, 77, 85, 93, 100)
    frames = [rng.normal(0, 1, (length, FEATURES.n_mels)).cumsum(0) / 3 for length in lengths]
    return [(part - part.mean(0)).astype(np.float32) for part in frames]


@pytest.fixture(scope="session")
def bundles(
    checkpoint: Path, speech: list[Array], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A bundle by each recipe; not to be written to."""
    from convert.convert import Conversion, convert
    from convert.recipes import RECIPES

    def make(folder: Path) -> None:
        for recipe in RECIPES:
            plan = Conversion(checkpoint, recipe, "cpu", BUCKETS, speech, "random walks")
            convert(plan, folder / f"{recipe}.eedge")

    folder = made_once(tmp_path_factory, "bundles", make)
    return {recipe: folder / f"{recipe}.eedge" for recipe in RECIPES}
