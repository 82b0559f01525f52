"""How long each file of a bundle takes on an accelerator and on the CPU beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edge.accelerated import Accelerator
from edge.bundle import Bundle
from edge.delegate import Delegate
from edge.errors import InterpreterError
from edge.interpreter import Runner
from edge.library import Tensor, open_model
from edge.parts import argument_order

REPEATS = 20


@dataclass(frozen=True)
class PartTime:
    """What a file takes at one length: median seconds of `REPEATS` runs, and the first run's.

    `sqnr_db` is what the accelerator's output is worth beside the CPU's; both are None if the
    accelerator did not run it, for which `failure` is the reason.
    """

    file: str
    frames: int
    cpu_s: float
    accelerator_s: float | None = None
    first_s: float | None = None
    sqnr_db: float | None = None
    failure: str = ""


def part_times(bundle: Bundle, delegate: Delegate, frames: int) -> Iterator[PartTime]:
    """Time the front end, every block and every branch at one length, on both.

    What a file takes is what the one before it puts out on the CPU, of noise.

    Raises:
        BundleError: the bundle is not compiled.
        InterpreterError: a file does not run on the CPU.
    """
    accelerator = Accelerator(bundle, delegate)
    manifest = bundle.manifest
    given = _noise(bundle, frames)
    for depth, name in enumerate((manifest.frontend, *manifest.blocks)):
        out, measured = _time(bundle, accelerator, name, frames, given)
        yield measured
        given = (out, np.ones((1, frames, 1), np.float32))
        if depth in manifest.exits:
            yield _time(bundle, accelerator, manifest.exits[depth], frames, given)[1]


def _time(
    bundle: Bundle,
    accelerator: Accelerator,
    name: str,
    frames: int,
    given: tuple[Tensor, ...],
) -> tuple[Tensor, PartTime]:
    signature = f"t{frames}"
    runner = Runner(bundle.path / name)
    expected = runner.run(signature, *given)
    cpu_s = _median(lambda: runner.run(signature, *given))
    try:
        session = accelerator.open(bundle.path / name, signature)
        begin = time.perf_counter()
        found = session.run(given)
        first_s = time.perf_counter() - begin
        accelerator_s = _median(lambda: session.run(given))
    except InterpreterError as error:
        return expected, PartTime(name, frames, cpu_s, failure=error.what)
    quality = _sqnr_db(expected, found)
    return expected, PartTime(name, frames, cpu_s, accelerator_s, first_s, quality)


def _noise(bundle: Bundle, frames: int) -> tuple[Tensor, ...]:
    """Return what the front end takes: noise of the right shape, and a mask of ones."""
    path = bundle.path / bundle.manifest.frontend
    try:
        runner = open_model(path.read_bytes()).get_signature_runner(f"t{frames}")
    except (OSError, ValueError, RuntimeError) as error:
        raise InterpreterError(f"{path}: cannot be loaded: {error}") from error
    inputs = runner.get_input_details()
    rng = np.random.default_rng(0)
    return tuple(
        np.ones(inputs[name]["shape"], np.float32)
        if "mask" in name
        else rng.normal(size=inputs[name]["shape"]).astype(np.float32)
        for name in sorted(inputs, key=argument_order)
    )


def _median(run: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return float(np.median(times))


def _sqnr_db(expected: Tensor, found: Tensor) -> float:
    """Return signal over noise in dB; 200 where there is no noise."""
    noise = float(np.square(expected - found, dtype=np.float64).mean())
    signal = float(np.square(expected, dtype=np.float64).mean())
    return min(200.0, 10 * np.log10(signal / noise)) if noise and signal else 200.0
