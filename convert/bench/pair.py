"""A bundle and the checkpoint that it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from convert.bench.errors import BenchError
from edge.bundle import Bundle
from edge.tokens import Tokens
from training.checkpoint import TOKENS, CheckpointConfig, read_config


@dataclass(frozen=True)
class Pair:
    """An opened bundle, and a checkpoint's folder and config."""

    bundle: Bundle
    checkpoint: Path
    config: CheckpointConfig


def open_pair(bundle_path: Path, checkpoint: Path) -> Pair:
    """Open both, having made sure that they describe the same encoder.

    That the weights are the same cannot be seen from here; that the texts are, the report shows.

    Raises:
        BundleError: the bundle cannot be opened.
        CheckpointError: the checkpoint is not whole.
        BenchError: they differ, naming in what.
    """
    bundle = Bundle.open(bundle_path)
    config = read_config(checkpoint)
    manifest, encoder = bundle.manifest, config.encoder
    symbols = Tokens.read(checkpoint / TOKENS).symbols
    compared: dict[str, tuple[object, object]] = {
        "family": (manifest.family, encoder.family),
        "width": (manifest.dim, encoder.dim),
        "number of blocks": (len(manifest.blocks), encoder.blocks),
        "exits": (bundle.exits, encoder.exits),
        "vocabulary": (manifest.vocabulary, len(symbols)),
        "tokens": (bundle.tokens.symbols, symbols),
        "features": (manifest.features, config.features),
    }
    for what, (ours, theirs) in compared.items():
        if ours != theirs:
            raise BenchError(
                f"{bundle_path} was not made from {checkpoint}: "
                f"its {what} is {_shown(ours)}, the checkpoint's {_shown(theirs)}",
                "name the checkpoint that the bundle was converted from",
                f"convert it: eedge convert {checkpoint}",
            )
    return Pair(bundle, checkpoint, config)


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
