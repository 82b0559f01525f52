"""A bundle that is as small as one can be, with random weights: real files, converted in seconds.

Its texts mean nothing; how it is opened, run, cut short and refused is the same as for any other.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.features import FeatureSettings
from edge.manifest import FileEntry, Manifest
from edge.ngrams import NGRAMS, SeenNgrams
from tests.sharing import made_once

if TYPE_CHECKING:
    from training.conformer import EarlyExitConformer

BUCKETS = (12, 25, 50)
EXITS = (1, 2, 4)
RECIPES = ("float32", "dynamic-int8")
FEATURES = FeatureSettings(n_mels=24)


def tiny_model() -> EarlyExitConformer:
    """Four blocks with the same weights; only the last exit's branch takes a mask."""
    torch = pytest.importorskip("torch", reason="making a bundle needs eedge[convert]")
    from training.branches import ConvBranch
    from training.conformer import ConformerConfig, EarlyExitConformer
    from training.vocabulary import CHARACTERS

    config = ConformerConfig(
        n_mels=FEATURES.n_mels,
        channels=4,
        dim=16,
        heads=2,
        ff_dim=32,
        kernel=5,
        blocks=4,
        exits=EXITS,
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = EarlyExitConformer(config, len(CHARACTERS))
        model.branches["4"] = ConvBranch(config.dim, len(CHARACTERS))
    # One conversion serves for all four.
    for block in model.blocks[1:]:
        block.load_state_dict(model.blocks[0].state_dict())
    # With weights as they start out, every frame would say the same.
    stronger = {"branches": 8.0, "frontend.project": 10.0}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            for part, factor in stronger.items():
                if name.startswith(part):
                    parameter.mul_(factor if name.endswith("weight") else 0.0)
    return model.eval()


def make_tiny_bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Convert the tiny model, once for all tests; return a bundle for each recipe."""
    if find_spec("litert_torch") is None:
        pytest.skip("making a bundle needs eedge[convert]")

    def make(folder: Path) -> None:
        # In a process of its own: the converter's threads do not take well to forks.
        program = [sys.executable, "-W", "ignore", "-m", "tests.edge.tiny", str(folder)]
        subprocess.run(program, cwd=Path(__file__).parents[2], capture_output=True, check=True)

    folder = made_once(tmp_path_factory, "tiny", make)
    return {recipe: folder / f"tiny-{recipe}.eedge" for recipe in RECIPES}


def _make(folder: Path) -> None:
    plain, quantised = (folder / f"tiny-{recipe}.eedge" for recipe in RECIPES)
    plain.mkdir()
    quantised.mkdir()
    names = _convert(plain)
    _quantise(names, plain, quantised)
    for recipe, bundle in zip(RECIPES, (plain, quantised), strict=True):
        _describe(bundle, recipe)


def _convert(folder: Path) -> list[str]:
    import litert_torch
    import torch

    def export(name, module, frames_per_frame, width, takes_mask=True):
        signatures = litert_torch
        for bucket in BUCKETS:
            frames = frames_per_frame * bucket
            inputs = (torch.zeros(1, frames, width), torch.ones(1, frames, 1))
            signatures = signatures.signature(f"t{bucket}", module, inputs[: 1 + takes_mask])
        signatures.convert().export(str(folder / name))

    model = tiny_model()
    export("frontend.tflite", model.frontend, 4, FEATURES.n_mels)
    export("block_01.tflite", model.blocks[0], 1, 16)
    for depth in range(2, 5):
        shutil.copy(folder / "block_01.tflite", folder / f"block_{depth:02d}.tflite")
    export("exit_01.tflite", model.branches["1"].out, 1, 16, takes_mask=False)
    export("exit_02.tflite", model.branches["2"].out, 1, 16, takes_mask=False)
    export("exit_04.tflite", model.branches["4"], 1, 16)
    return sorted(path.name for path in folder.iterdir())


def _quantise(names: list[str], source: Path, target: Path) -> None:
    from ai_edge_quantizer import quantizer
    from ai_edge_quantizer.recipe import dynamic_wi8_afp32

    for name in names:
        model = quantizer.Quantizer(str(source / name), dynamic_wi8_afp32()).quantize()
        model.export_model(str(target / name))


def _describe(folder: Path, recipe: str) -> None:
    from training.vocabulary import CHARACTERS

    tokens = "".join(f"{symbol} {index}\n" for index, symbol in enumerate(CHARACTERS))
    (folder / "tokens.txt").write_text(tokens, encoding="utf-8")
    SeenNgrams.of([[2, 3, 4], [5, 6]]).write(folder / NGRAMS)
    files = {path.name: FileEntry.of(path) for path in sorted(folder.iterdir())}
    Manifest(
        name="tiny",
        family="conformer",
        sample_rate=FEATURES.sample_rate,
        features=FEATURES,
        subsampling=4,
        dim=16,
        buckets=BUCKETS,
        blocks=tuple(name for name in files if name.startswith("block")),
        exits={exit: f"exit_{exit:02d}.tflite" for exit in EXITS},
        frontend="frontend.tflite",
        tokens="tokens.txt",
        ngrams=NGRAMS,
        units="char",
        vocabulary=len(CHARACTERS),
        recipe=recipe,
        target="cpu",
        files=files,
        versions={"litert-torch": version("litert-torch")},
        licence="none",
        origin="random weights",
    ).write(folder)


if __name__ == "__main__":
    _make(Path(sys.argv[1]))
