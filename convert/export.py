"""One part → one `.tflite`: a signature per length, all sharing the weights."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from convert.parts import Part
from convert.quiet import captured_output
from convert.recipes import Inputs, Ranges, quantise


def signature(frames: int) -> str:
    """Name of the signature for a bucket of `frames` encoder frames."""
    return f"t{frames}"


def export_part(
    part: Part,
    buckets: Sequence[int],
    folder: Path,
    recipe: str,
    samples: Mapping[str, Iterable[Inputs]] | None = None,
    borders: Ranges | None = None,
) -> Path:
    """Write `part` quantised by `recipe` to `folder`/NAME.tflite and return its path.

    `samples` and `borders` are those of `convert.recipes.quantise`.

    Raises:
        ConversionError: the converter gave up; its own output is in the message.
    """
    path = folder / f"{part.name}.tflite"
    with captured_output(part.name), torch.no_grad():
        # Takes seconds and talks while it is imported.
        import litert_torch

        converter = litert_torch
        for frames in buckets:
            inputs = part.inputs(frames)
            converter = converter.signature(
                signature(frames), part.module.eval(), sample_kwargs=inputs
            )
        converter.convert().export(str(path))
        quantise(path, recipe, samples, borders)
    return path
