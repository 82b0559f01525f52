"""Which engines take part, and how each of them is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from convert.bench.child import OnProgress
from convert.bench.engines.eager import load_eager
from convert.bench.engines.eager_int8 import load_eager_int8
from convert.bench.engines.engine import Array, Decode, Load, Prepare
from convert.bench.engines.single import load_single
from convert.bench.engines.split import load_as_run, load_split
from convert.bench.exports import export_onnx, export_single
from convert.bench.pair import Pair
from convert.bench.report import FULL, ONNX, PYTORCH, PYTORCH_INT8, RUN, SINGLE
from convert.bench.workload import Workload
from convert.errors import ConversionError
from convert.recipes import NEEDS_SAMPLES
from edge import audio
from edge.bundle import Bundle
from edge.calibration import OperatingPoint
from edge.decode import greedy
from edge.inputs import prepare as prepare_input

BOARD = "host"

_ONNX_NEEDS = ("onnx", "onnxruntime", "onnxscript")

Note = Callable[[str], None]


def line_up(
    pair: Pair, workload: Workload, folder: Path, note: Note, on_progress: OnProgress
) -> dict[str, Load]:
    """Export to `folder` what has to be, and return how to load each engine, in rows' order.

    `note` is told which engine is left out, and why.

    Raises:
        ConversionError: the encoder cannot be exported as one `.tflite`.
        CalibrationError: the bundle's calibration is not right, or not the bundle's.
    """
    prepare: Prepare = partial(prepare_input, settings=pair.config.features)
    decode: Decode = partial(greedy, tokens=pair.bundle.tokens)
    if BOARD not in pair.bundle.calibrations():
        note(f"{pair.bundle.path} is not calibrated for '{BOARD}': there are no operating points")
    loads: dict[str, Load] = {
        PYTORCH: partial(load_eager, pair.checkpoint, prepare, decode),
        PYTORCH_INT8: partial(load_eager_int8, pair.checkpoint, prepare, decode),
    }
    if onnx := _onnx(pair, folder, prepare, decode, note):
        loads[ONNX] = onnx
    on_progress(1, 2)
    loads[SINGLE] = _single(pair, workload, folder, prepare, decode)
    on_progress(2, 2)
    loads[RUN] = partial(load_as_run, pair.bundle.path)
    loads[FULL] = partial(load_split, pair.bundle.path, None)
    return loads | {
        point.name: partial(load_split, pair.bundle.path, point) for point in points(pair.bundle)
    }


def _onnx(pair: Pair, folder: Path, prepare: Prepare, decode: Decode, note: Note) -> Load | None:
    missing = [package for package in _ONNX_NEEDS if find_spec(package) is None]
    if missing:
        note(f"{ONNX} is left out: {', '.join(missing)} not installed (pip install 'eedge[bench]')")
        return None
    from convert.bench.engines.onnx_runtime import load_onnx

    try:
        path = export_onnx(pair.checkpoint, folder)
    except ConversionError as error:
        note(f"{ONNX} is left out: {error}")
        return None
    return partial(load_onnx, path, prepare, decode)


def _single(pair: Pair, workload: Workload, folder: Path, prepare: Prepare, decode: Decode) -> Load:
    manifest = pair.bundle.manifest
    features: list[Array] = []
    if manifest.recipe in NEEDS_SAMPLES:
        sounds = (audio.read(path, manifest.sample_rate) for path in workload.sounds)
        features = [prepare(samples) for samples in sounds]
    path = export_single(pair.checkpoint, manifest.recipe, workload.buckets, features, folder)
    return partial(
        load_single, path, workload.buckets, manifest.framing, pair.config.features, decode
    )


def points(bundle: Bundle) -> list[OperatingPoint]:
    """Return a bundle's operating points but that of full depth, which has its row."""
    if BOARD not in bundle.calibrations():
        return []
    return [point for point in bundle.calibration(BOARD).points if point.name != FULL]
