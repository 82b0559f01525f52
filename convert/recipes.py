"""Recipes: how the numbers of a float `.tflite` become int8."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from boards.errors import closest
from convert.errors import ConversionError

Inputs = dict[str, np.ndarray]
"""One example of a signature's inputs by name, each f32 in its full static shape."""

RECIPES = {
    "dynamic-int8": "int8 weights and arithmetic, float between operators",
    "static-int8": "int8 weights and activations, float at the borders of a file",
    "float32": "as it was trained",
}

_FLOAT = ".*NormFoldedConv.*"
"""What stays float: the first convolution of a front end on raw sound, and its moments. int8
samples would drown what is weak in them, and it is less than a hundredth of the front end."""

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
    if recipe_name == "float32":
        return
    # Takes seconds and talks while it is imported: only where it is used, with its output caught.
    from ai_edge_quantizer import quantizer

    worker = quantizer.Quantizer(str(path))
    worker.load_quantization_recipe(_library_recipe(recipe_name))
    ranges = None
    if recipe_name in NEEDS_SAMPLES:
        ranges = worker.calibrate({name: list(inputs) for name, inputs in (samples or {}).items()})
    result = worker.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    partial = path.with_suffix(".quantised")
    partial.write_bytes(result.quantized_model)
    partial.replace(path)


def _library_recipe(name: str) -> object:
    from ai_edge_quantizer import qtyping, recipe_manager
    from ai_edge_quantizer.algorithm_manager import AlgorithmName

    manager = recipe_manager.RecipeManager()
    everything = qtyping.TFLOperationName.ALL_SUPPORTED
    if name == "dynamic-int8":
        manager.add_dynamic_config(".*", everything, num_bits=8)
        # XNNPACK has no depthwise convolution of float by int8, and what it does not take cuts the
        # graph in two: the weights stay int8 in the file and become floats when it is loaded.
        manager.add_weight_only_config(".*", qtyping.TFLOperationName.DEPTHWISE_CONV_2D, num_bits=8)
    else:
        manager.add_static_config(".*", everything, activation_num_bits=8, weight_num_bits=8)
        for border in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
            manager.add_quantization_config(".*", border, algorithm_key=AlgorithmName.NO_QUANTIZE)
    manager.add_quantization_config(_FLOAT, everything, algorithm_key=AlgorithmName.NO_QUANTIZE)
    return manager.get_quantization_recipe()
