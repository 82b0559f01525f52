"""Recipes: how the numbers of a float `.tflite` become int8."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from boards.errors import closest
from convert.errors import ConversionError
from convert.explain.model import read_model
from convert.ranges import narrowed
from edge.library import open_model

if TYPE_CHECKING:
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.recipe_manager import RecipeManager

Ranges = Mapping[str, tuple[float, float]]
"""The least and the greatest value of inputs by name, and of the output as `OUTPUT`."""
OUTPUT = "output"

Inputs = dict[str, np.ndarray]
"""One example of a signature's inputs by name, each f32 in its full static shape."""

RECIPES = {
    "dynamic-int8": "int8 weights and arithmetic, float between operators",
    "static-int8": "int8 weights and activations; on a CPU float at the borders of a file",
    "float32": "as it was trained",
}

_FLOAT = ".*(NormFoldedConv|SoundOnCpu).*"
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
    path: Path,
    recipe_name: str,
    samples: Mapping[str, Iterable[Inputs]] | None = None,
    borders: Ranges | None = None,
) -> None:
    """Quantise the float model at `path` in place.

    Args:
        path: a `.tflite` in float32.
        recipe_name: a key of `RECIPES`; `float32` leaves the file as it is.
        samples: examples by signature, for the recipes in `NEEDS_SAMPLES`.
        borders: what a static file takes and puts out becomes int8 of these ranges, or of those
            found in the samples for what is not named; without, it stays float, and so do samples
            of sound.
    """
    if recipe_name == "float32":
        return
    # Takes seconds and talks while it is imported: only where it is used, with its output caught.
    from ai_edge_quantizer import quantizer

    worker = quantizer.Quantizer(str(path))
    float_borders = _float_borders(path, int8_borders=borders is not None)
    recipe = _library_recipe(recipe_name, float_borders)
    worker.load_quantization_recipe(recipe.get_quantization_recipe())
    ranges = None
    if recipe_name in NEEDS_SAMPLES:
        listed = {name: list(inputs) for name, inputs in (samples or {}).items()}
        ranges = _ranges(path, recipe, listed, borders)
    result = worker.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    partial = path.with_suffix(".quantised")
    partial.write_bytes(result.quantized_model)
    partial.replace(path)


def _ranges(
    path: Path,
    recipe: RecipeManager,
    samples: Mapping[str, Sequence[Inputs]],
    borders: Ranges | None,
) -> dict[str, qtyping.QSV]:
    """Return the range of every tensor over all samples, and of the borders as they are given.

    The library's own way is a moving average, which leaves out most of what the samples reach.
    Between int8 borders, frames of features get the range of least error; what a branch puts out,
    of which the largest counts most, keeps its own.
    """
    ranges = _seen(path, recipe, samples)
    if borders is None:
        return ranges
    at_border = {tensor: name for name, tensor in _border_tensors(path)}
    seen = {
        tensor: (float(each["min"].min()), float(each["max"].max()))
        for tensor, each in ranges.items()
        if tensor not in at_border
    }
    given = {tensor: borders[name] for tensor, name in at_border.items() if name in borders}
    for tensor, (low, high) in (narrowed(path, samples, seen) | given).items():
        if tensor in ranges:
            before = ranges[tensor]
            ranges[tensor] = {
                "min": np.full_like(before["min"], low),
                "max": np.full_like(before["max"], high),
            }
    return ranges


def _seen(
    path: Path, recipe: RecipeManager, samples: Mapping[str, Sequence[Inputs]]
) -> dict[str, qtyping.QSV]:
    """Return the least and the greatest value of every tensor over all samples."""
    from ai_edge_quantizer import calibrator
    from ai_edge_quantizer.utils import qsv_utils

    found = calibrator.Calibrator(
        str(path), num_threads=1, qsv_update_func=qsv_utils.min_max_update
    )
    found.calibrate(samples, recipe)
    ranges: dict[str, qtyping.QSV] = found.get_model_qsvs()
    return ranges


def _border_tensors(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the inputs by name and the output as `OUTPUT`, each with its tensor's own name.

    A reshape cannot change the range: what one puts out has that of what it takes.
    """
    made = {
        output.name: operator
        for graph in read_model(path)
        for operator in graph.operators
        for output in operator.outputs
    }
    model = open_model(path.read_bytes())
    for signature in model.get_signature_list():
        runner = model.get_signature_runner(signature)
        for name, details in runner.get_input_details().items():
            yield name, details["name"]
        for details in runner.get_output_details().values():
            tensor = details["name"]
            yield OUTPUT, tensor
            while (operator := made.get(tensor)) and operator.name == "RESHAPE":
                tensor = operator.activations[0].name
                yield OUTPUT, tensor


def _float_borders(path: Path, int8_borders: bool) -> tuple[str, ...]:
    """Return which borders of a static file stay float: "INPUT", "OUTPUT", both or none.

    What begins in float takes float.
    """
    if not int8_borders:
        return "INPUT", "OUTPUT"
    names = (
        tensor.name
        for graph in read_model(path)
        for operator in graph.operators
        for tensor in operator.outputs
    )
    return ("INPUT",) if any(re.search(_FLOAT, name) for name in names) else ()


def _library_recipe(name: str, float_borders: tuple[str, ...]) -> RecipeManager:
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
        for border in float_borders:
            operation = qtyping.TFLOperationName(border)
            manager.add_quantization_config(
                ".*", operation, algorithm_key=AlgorithmName.NO_QUANTIZE
            )
    manager.add_quantization_config(_FLOAT, everything, algorithm_key=AlgorithmName.NO_QUANTIZE)
    return manager
