"""Recipes: how the numbers of a float `.tflite` become int8."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from boards.errors import closest
from convert.errors import ConversionError

Inputs = dict[str, np.ndarray]
"""One example of a signature's inputs by name, each f32 in its full static shape."""

RECIPES: dict[str, str | None] = {
    "dynamic-int8": "dynamic_wi8_afp32",
    "static-int8": "static_wi8_ai8",
    "float32": None,
}
"""What each is called in `ai_edge_quantizer.recipe`; None leaves the model in float."""

NEEDS_SAMPLES = frozenset({"static-int8"})


def known_recipe(name: str) -> str:
    """Return `name` if there is such a recipe.

    Raises:
        ConversionError: there is none, with the nearest name.
    """
    if name not in RECIPES:
        raise ConversionError(
            f"there is no recipe '{name}'", closest(name, RECIPES), f"known: {', '.join(RECIPES)}"
        )
    return name


def quantise(
    path: Path, recipe_name: str, samples: Mapping[str, Iterable[Inputs]] | None = None
) -> None:
    """Quantise the float model at `path` in place.

    Args:
        path: a `.tflite` in float32.
        recipe_name: a key of `RECIPES`; `float32` leaves the file as it is.
        samples: examples by signature, for the recipes in `NEEDS_SAMPLES`.
    """
    library_name = RECIPES[recipe_name]
    if library_name is None:
        return
    # Takes seconds and talks while it is imported: only where it is used, with its output caught.
    from ai_edge_quantizer import quantizer, recipe

    worker = quantizer.Quantizer(str(path))
    worker.load_quantization_recipe(getattr(recipe, library_name)())
    ranges = None
    if recipe_name in NEEDS_SAMPLES:
        ranges = worker.calibrate({name: list(inputs) for name, inputs in (samples or {}).items()})
    result = worker.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    partial = path.with_suffix(".quantised")
    partial.write_bytes(result.quantized_model)
    partial.replace(path)
