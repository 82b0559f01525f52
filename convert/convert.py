"""A checkpoint folder → a bundle, written whole or not at all."""

import multiprocessing
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import torch

from boards.board import Board
from convert.errors import ConversionError
from convert.export import export_part, signature
from convert.lowering import lower
from convert.micro.arenas import check_fits, record_arenas
from convert.parts import default_buckets, encoder_parts, place_of, prepare_for
from convert.quality import QUALITY, Gate, Quality, measure
from convert.recipes import NEEDS_SAMPLES, Inputs, Ranges, known_recipe
from convert.trace import Array, border_ranges, bucket_samples, spread_samples
from edge.machine import installed_versions
from edge.manifest import MANIFEST, FileEntry, Manifest
from edge.ngrams import NGRAMS
from edge.whole import whole_folder
from training.checkpoint import TOKENS, Checkpoint, load_checkpoint, load_part
from training.daisy import DaisyConfig

Progress = Callable[[int, int], None]

_INT8_ONLY = frozenset({"edgetpu", "nnapi"})
"""Targets on which float at a file's borders would be left to the CPU."""

MAKERS = ("eedge", "torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert")


@dataclass(frozen=True)
class Conversion:
    """What to convert and how; `features` are f32[T, width] of utterances to measure with.

    Without `buckets` they are those that suit the encoder. On `board`, if it is a microcontroller,
    the bundle must fit.
    """

    checkpoint: Path
    recipe: str
    target: str
    buckets: tuple[int, ...] = ()
    features: Sequence[Array] = ()
    data: str = ""
    gate: Gate = field(default_factory=Gate)
    jobs: int = 1
    board: Board | None = None


def convert(
    plan: Conversion,
    out: Path,
    on_parts: Progress | None = None,
    on_quality: Progress | None = None,
) -> Quality | None:
    """Convert a checkpoint to the bundle folder `out`; returns what it cost.

    Without `plan.features` nothing is measured and None is returned.

    Raises:
        ConversionError: unknown recipe, or speech that the recipe or a gate needs is not given.
        CheckpointError: the checkpoint cannot be used.
        GateError: a limit is missed; `out` is then as it was before.
        DoesNotFitError: it does not fit the board; `out` likewise.
    """
    known_recipe(plan.recipe)
    checkpoint = load_checkpoint(plan.checkpoint)
    suiting = default_buckets(checkpoint.model, checkpoint.config.features)
    plan = replace(plan, buckets=plan.buckets or suiting)
    _need_speech(plan)
    _may_replace(out)
    with whole_folder(out) as folder:
        _export_all(plan, checkpoint, folder, on_parts)
        for name in (TOKENS, NGRAMS):
            if (plan.checkpoint / name).is_file():
                shutil.copy(plan.checkpoint / name, folder / name)
        _write_manifest(plan, checkpoint, folder)
        if plan.board is not None and plan.board.room is not None:
            record_arenas(folder)
            _write_manifest(plan, checkpoint, folder)
            check_fits(folder, plan.board)
        if not plan.features:
            return None
        quality = measure(folder, checkpoint, plan.features, plan.data, on_quality)
        plan.gate.check(quality)
        (folder / QUALITY).write_text(quality.model_dump_json(indent=2) + "\n")
        _write_manifest(plan, checkpoint, folder)
    return quality


def _need_speech(plan: Conversion) -> None:
    if plan.features:
        return
    gated = plan.gate != Gate()
    if plan.recipe in NEEDS_SAMPLES or gated:
        raise ConversionError(
            "a gate needs speech to measure with"
            if gated
            else f"recipe '{plan.recipe}' needs speech to find the ranges of its activations",
            "name a manifest with --data",
        )


def _export_all(
    plan: Conversion, checkpoint: Checkpoint, folder: Path, on_progress: Progress | None
) -> None:
    model = checkpoint.model
    prepare_for(model, plan.recipe)
    samples = spread_samples if plan.target in _INT8_ONLY else bucket_samples
    traces = samples(model, plan.features, plan.buckets) if plan.recipe in NEEDS_SAMPLES else {}
    names = [part.name for part in encoder_parts(model)]
    with _workers(plan.jobs) as pool:
        waiting = [
            pool.submit(
                _export_one,
                _PartJob(plan.checkpoint, name, plan.recipe, plan.target, plan.buckets, folder),
                {
                    signature(bucket): [trace.inputs_of(name) for trace in of_bucket]
                    for bucket, of_bucket in traces.items()
                },
                border_ranges(chain.from_iterable(traces.values()), name)
                if plan.target in _INT8_ONLY and traces
                else None,
            )
            for name in names
        ]
        for done, finished in enumerate(as_completed(waiting), start=1):
            finished.result()
            if on_progress:
                on_progress(done, len(names))


@dataclass(frozen=True)
class _PartJob:
    checkpoint: Path
    name: str
    recipe: str
    target: str
    buckets: tuple[int, ...]
    folder: Path


def _export_one(job: _PartJob, samples: dict[str, list[Inputs]], borders: Ranges | None) -> None:
    torch.set_num_threads(1)
    model = load_part(job.checkpoint, place_of(job.name))
    prepare_for(model, job.recipe)
    part = next(part for part in encoder_parts(model) if part.name == job.name)
    takes = part.inputs(1).keys()
    fitted = {
        name: [{key: inputs[key] for key in takes} for inputs in of_signature]
        for name, of_signature in samples.items()
    }
    lowered = replace(part, module=lower(part.module, job.target))
    export_part(lowered, job.buckets, job.folder, job.recipe, fitted, borders)


@contextmanager
def _workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with the body, however it ends."""
    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=_ignore_interrupts
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ConversionError(
            "a process that converts was ended by the system",
            "is the disk full?",
            "is memory short? --jobs 1 needs about 2 GB",
        ) from error
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    # Ctrl-C reaches every process of the terminal; only the parent should answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _write_manifest(plan: Conversion, checkpoint: Checkpoint, folder: Path) -> None:
    config, encoder = checkpoint.config, checkpoint.config.encoder
    files = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
    named = encoder.exits if isinstance(encoder, DaisyConfig) else ()
    Manifest(
        name=config.name,
        family=encoder.family,
        sample_rate=config.features.sample_rate,
        features=config.features,
        subsampling=checkpoint.model.framing.hop,
        window=checkpoint.model.framing.window,
        dim=encoder.dim,
        buckets=plan.buckets,
        blocks=tuple(f"block_{depth:02d}.tflite" for depth in range(1, encoder.blocks + 1)),
        exits={exit: f"exit_{exit:02d}.tflite" for exit in encoder.exits},
        unit_branches={exit: f"units_{exit:02d}.tflite" for exit in named},
        frontend="frontend.tflite",
        tokens=TOKENS,
        ngrams=NGRAMS if (folder / NGRAMS).is_file() else None,
        units=config.units,
        vocabulary=len(checkpoint.tokens),
        recipe=plan.recipe,
        target=plan.target,
        files={path.name: FileEntry.of(path) for path in files},
        versions=installed_versions(MAKERS),
        licence=config.licence,
        origin=config.origin,
    ).write(folder)


def _may_replace(out: Path) -> None:
    if out.exists() and not (out / MANIFEST).is_file():
        raise ConversionError(
            f"{out}: exists and is no bundle", "name another folder with --out, or remove it"
        )
