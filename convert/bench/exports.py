"""The files that the other engines run, made from the checkpoint and kept for the next time."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import torch

from convert.bench.engines.engine import Array
from convert.export import export_part, signature
from convert.lowering import lower
from convert.parts import Part, prepare_for, whole_part
from convert.quiet import captured_output
from convert.recipes import NEEDS_SAMPLES
from convert.trace import bucket_samples
from training.checkpoint import CONFIG, WEIGHTS, load_checkpoint
from training.encoder import EarlyExitEncoder


def export_onnx(checkpoint: Path, folder: Path) -> Path:
    """Write the encoder to its last exit as ONNX with a free length, its weights in int8.

    Only matrix products are quantised: ONNX Runtime's int8 convolutions are slower than its
    float ones, by so much that they cost more than the products save.

    Raises:
        CheckpointError: the checkpoint cannot be used.
        ConversionError: the exporter gave up.
    """
    makers = ("torch", "onnx", "onnxscript", "onnxruntime")

    def make(partial: Path) -> Path:
        part = _whole(load_checkpoint(checkpoint).model)
        with captured_output("the ONNX model"), torch.no_grad():
            return _quantised_onnx(part, partial)

    return _made_once(folder, _digest(checkpoint, makers), make)


def _quantised_onnx(part: Part, folder: Path) -> Path:
    # Talks while it is imported, and is not needed where only a bundle is measured.
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path, quantised = folder / "float.onnx", folder / "int8.onnx"
    frames = torch.export.Dim("frames", min=2, max=1 << 16)
    program = torch.onnx.export(
        part.module.eval(),
        tuple(part.inputs(50).values()),
        input_names=list(part.inputs(1)),
        output_names=["logits"],
        dynamic_shapes=({1: frames}, {1: frames}),
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    program.save(path)
    quantize_dynamic(
        path,
        quantised,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    return quantised


def export_single(
    checkpoint: Path,
    recipe: str,
    buckets: Sequence[int],
    features: Sequence[Array],
    folder: Path,
) -> Path:
    """Write the encoder to its last exit as one `.tflite`, by the recipe of the bundle.

    Args:
        checkpoint: its folder.
        recipe: a key of `convert.recipes.RECIPES`.
        buckets: lengths in encoder frames; each becomes a signature.
        features: f32[T, width] of utterances, for recipes that look for ranges.
        folder: where it is kept.

    Raises:
        CheckpointError: the checkpoint cannot be used.
        ConversionError: the converter gave up.
    """
    seen = features if recipe in NEEDS_SAMPLES else ()
    makers = ("eedge", "torch", "litert-torch", "ai-edge-quantizer")
    digest = _digest(checkpoint, makers, recipe, *map(str, buckets), *map(_fingerprint, seen))

    def make(partial: Path) -> Path:
        model = load_checkpoint(checkpoint).model
        prepare_for(model, recipe)
        traces = bucket_samples(model, seen, buckets) if seen else {}
        samples = {
            signature(bucket): [trace.inputs_of("frontend") for trace in of_bucket]
            for bucket, of_bucket in traces.items()
        }
        whole = _whole(model)
        lowered = replace(whole, module=lower(whole.module, "cpu"))
        return export_part(lowered, buckets, partial, recipe, samples)

    return _made_once(folder, digest, make)


def _whole(model: EarlyExitEncoder) -> Part:
    return whole_part(model, model.config.exits[-1])


def _made_once(folder: Path, digest: str, make: Callable[[Path], Path]) -> Path:
    """Return the file of this digest, made in a folder of its own if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if found := sorted(folder.glob(f"whole-{digest}.*")):
        return found[0]
    with tempfile.TemporaryDirectory(dir=folder) as partial:
        made = make(Path(partial))
        return made.replace(folder / f"whole-{digest}{made.suffix}")


def _digest(checkpoint: Path, makers: Iterable[str], *more: str) -> str:
    """Name what a file is made from and by: 16 hexadecimal digits."""
    text = [*more, *(f"{package} {version(package)}" for package in makers)]
    content = hashlib.sha256("\n".join(text).encode())
    for name in (CONFIG, WEIGHTS):
        with (checkpoint / name).open("rb") as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    return content.hexdigest()[:16]


def _fingerprint(features: Array) -> str:
    return hashlib.sha256(features.tobytes()).hexdigest()
