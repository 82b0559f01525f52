"""Compile a bundle's files for its accelerator, all of them or none."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from boards.errors import GateError
from boards.table import load_table
from convert.compiling.compiler import Compiled as Run
from convert.compiling.compiler import CompilerError, compile_models
from convert.compiling.log import ModelLog, parse_log
from convert.explain.bundle import run_order
from convert.explain.expected import expected_table, left_to_cpu
from convert.explain.explained import Explained, explain_graph
from convert.explain.model import Graph, read_model
from convert.lengths import of_length
from edge import sealed
from edge.bundle import CALIBRATIONS, Bundle
from edge.compiled import COMPILED, LOG, Compiled, CompiledFile
from edge.manifest import MANIFEST, FileEntry
from edge.whole import whole_folder

TARGET = "edgetpu"
TABLE = "edgetpu-16"
_ALIGNMENT = 16


@dataclass(frozen=True)
class Surprise:
    """Operators with a status that our table did not expect, `more` of them or fewer (negative)."""

    operator: str
    status: str
    more: int


@dataclass(frozen=True)
class Result:
    """What was compiled, and what the compiler said of each file of the bundle at each length.

    `surprises` are what our operator table has wrong, if anything: it was written without the
    compiler.
    """

    compiled: Compiled
    models: Mapping[tuple[str, int], ModelLog]
    surprises: tuple[Surprise, ...] = ()


def finishing_command(bundle: Path) -> str:
    """Return what is to be typed on a machine that has the compiler."""
    return f"eedge compile {bundle} --compiler PATH/edgetpu_compiler"


def compile_bundle(
    path: Path,
    compiler: Path,
    least_mapped: float,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Compile a bundle's files: for each length together, those first that every utterance runs.

    So those have the parameter cache before those that few reach. The compiler takes one model from
    a file, so that each length of a file is compiled by itself. The bundle is changed when
    everything has been compiled and checked, and otherwise not at all. Calibrations, which hold for
    the bundle as it was, are left behind.

    Raises:
        CompilerError: it is no bundle for the Edge TPU, or the compiler gave up.
        GateError: of a file, less than the share `least_mapped` of the operations is mapped, but
            for those that are meant to stay on the CPU.
    """
    bundle = Bundle.open(path)
    if bundle.manifest.target != TARGET:
        raise CompilerError(
            f"{bundle.path}: was converted for {bundle.manifest.target}, not for the Edge TPU",
            "convert the checkpoint again: eedge convert --board coral-usb",
        )
    lengths, table = bundle.manifest.buckets, load_table(TABLE)
    with tempfile.TemporaryDirectory(prefix="eedge-compile-") as scratch:
        runs = {}
        for done, length in enumerate(lengths, start=1):
            runs[length] = _compile_length(bundle, length, Path(scratch), compiler)
            on_progress(done, len(lengths))
        logs = {
            (model.name, length): _log_of(model, run)
            for length, run in runs.items()
            for model in run.files
        }
        explained = {
            (model.name, length): explain_graph(model.name, read_model(model)[0], table)
            for length, run in runs.items()
            for model in run.files
        }
        _gate(logs, explained, least_mapped)
        compiled = Compiled(
            compiler=f"edgetpu_compiler {runs[lengths[0]].log.version}".strip(),
            files={
                model.name: {
                    length: _entry(model.name, length, runs[length], logs[model.name, length])
                    for length in lengths
                }
                for model in run_order(bundle)
            },
        )
        _write(bundle, runs, compiled)
        return Result(compiled, logs, _surprises(logs, explained))


def _compile_length(bundle: Bundle, length: int, scratch: Path, compiler: Path) -> Run:
    """Compile all files of a bundle at one length; the run names them as the bundle does."""
    taken, made = scratch / f"{length}-in", scratch / f"{length}-out"
    taken.mkdir()
    made.mkdir()
    models = []
    for path in run_order(bundle):
        model = taken / path.name
        model.write_bytes(of_length(path, length))
        models.append(model)
    return compile_models(models, made, compiler)


def _name(model: str, length: int) -> str:
    return f"{Path(model).stem}_t{length}_edgetpu.tflite"


def _log_of(model: Path, run: Run) -> ModelLog:
    """Return what was said of a model: on the screen, or in the file that it wrote beside it."""
    found = run.log.model(model.name)
    beside = run.files[model].with_suffix(".log")
    if (found is None or not found.rows) and beside.is_file():
        found = parse_log(beside.read_text(errors="replace")).model(model.name) or found
    if found is None or not found.operations:
        raise CompilerError(f"the compiler said nothing of {model.name}", "run it by hand")
    return found


def _surprises(
    logs: Mapping[tuple[str, int], ModelLog], explained: Mapping[tuple[str, int], Explained]
) -> tuple[Surprise, ...]:
    more = Counter[tuple[str, str]]()
    for key, log in logs.items():
        if log.rows:
            more.update({(row.operator, row.status): row.count for row in log.rows})
            more.subtract(expected_table(explained[key]))
    return tuple(Surprise(*key, count) for key, count in sorted(more.items()) if count)


def _gate(
    logs: Mapping[tuple[str, int], ModelLog],
    explained: Mapping[tuple[str, int], Explained],
    least: float,
) -> None:
    poor = {
        key[0]: log
        for key, log in logs.items()
        if log.mapped < least * (log.operations - left_to_cpu(explained[key], least))
    }
    if not poor:
        return
    name = min(poor, key=lambda poor_name: poor[poor_name].mapped_share)
    left = [row for row in poor[name].rows if not row.is_mapped]
    raise GateError(
        f"less than {least:.0%} of the operations are mapped in {len(poor)} files; "
        f"least: {name} with {poor[name].mapped} of {poor[name].operations}",
        *[f"{row.operator} × {row.count}: {row.status}" for row in left[:3]],
        "see what helps: eedge explain BUNDLE --board coral-usb",
        "accept it: --min-mapped 0",
    )


def _entry(model: str, length: int, run: Run, log: ModelLog) -> CompiledFile:
    made = next(file for source, file in run.files.items() if source.name == model)
    return CompiledFile(
        file=_name(model, length),
        mapped=log.mapped_share,
        operations=log.operations,
        cached_bytes=log.cached_bytes,
        streamed_bytes=log.streamed_bytes,
        activation_bytes=_activation_bytes(read_model(made)[0]),
    )


def _activation_bytes(graph: Graph) -> int:
    """Return the bytes of all activations, and once more of the outputs.

    Each begins at a multiple of 16, as in TFLite Micro's arena; the driver of the Dev Board Micro
    puts an output into memory of its own first (`OutputLayer` in google-coral/coralmicro,
    `libs/tpu/edgetpu_executable.cc`).
    """
    tensors = [*graph.inputs, *graph.outputs]
    tensors += [tensor for operator in graph.operators for tensor in operator.activations]
    tensors += [tensor for operator in graph.operators for tensor in operator.outputs]
    different = {id(tensor): tensor for tensor in tensors}.values()
    return sum(
        -(-tensor.size // _ALIGNMENT) * _ALIGNMENT for tensor in (*different, *graph.outputs)
    )


def _write(bundle: Bundle, runs: Mapping[int, Run], compiled: Compiled) -> None:
    old = Compiled.of(bundle)
    outdated = {COMPILED, LOG} | (old.names if old else set())
    with whole_folder(bundle.path) as folder:
        for name in bundle.manifest.files.keys() - outdated:
            shutil.copy(bundle.path / name, folder / name)
        for length, run in runs.items():
            for model, file in run.files.items():
                shutil.copy(file, folder / _name(model.name, length))
        (folder / LOG).write_text("\n".join(run.text for run in runs.values()))
        sealed.write(folder / COMPILED, compiled.model_dump(mode="json"))
        files = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
        entries = {path.name: FileEntry.of(path) for path in files}
        bundle.manifest.model_copy(update={"files": entries}).write(folder)


def has_calibrations(path: Path) -> bool:
    """Tell whether a bundle holds calibrations, which compiling it would leave behind."""
    return any((path / CALIBRATIONS).glob("*.json"))
