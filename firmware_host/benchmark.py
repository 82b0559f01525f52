"""TFLite's `benchmark_model` times files on a device that has nothing else of ours.

It is a binary that its owner has put there: https://ai.google.dev/edge/litert/models/measurement.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_host.errors import LinkError
from firmware_host.links import Link

_AVERAGE: Final = re.compile(r"Inference timings in us:.*Inference \(avg\): ([0-9.eE+-]+)")
_RUNS, _WARM_UP = 50, 5
_PATIENCE: Final = 120.0
"""Seconds for one file."""


@dataclass(frozen=True)
class Benchmark:
    """`program` is a path on the device, `folder` where files are put for it.

    It sees no accelerator: threads of the CPU, by XNNPACK.
    """

    link: Link
    program: str
    folder: str
    threads: int = 1

    def seconds(
        self, models: Iterable[bytes], on_done: Callable[[int], None] = lambda _: None
    ) -> list[float]:
        """Return the mean seconds of a run of each model, which has one length.

        Raises:
            LinkError: the device cannot be reached, or the program does not run there.
        """
        there = f"{self.folder}/benchmark.tflite"
        found = []
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder) / "model.tflite"
            try:
                for done, model in enumerate(models, start=1):
                    here.write_bytes(model)
                    self.link.push(here, there)
                    found.append(self._run(there))
                    on_done(done)
            finally:
                self.link.run(["rm", "-f", there])
        return found

    def _run(self, path: str) -> float:
        done = self.link.run(
            [
                self.program,
                f"--graph={path}",
                f"--num_threads={self.threads}",
                f"--num_runs={_RUNS}",
                f"--warmup_runs={_WARM_UP}",
                "--use_xnnpack=true",
            ],
            _PATIENCE,
        )
        said = done.text + done.stderr.decode(errors="replace")
        average = _AVERAGE.search(said)
        if done.status or average is None:
            last = (said.strip().splitlines() or ["nothing"])[-1]
            raise LinkError(
                f"{self.link.name}: {self.program} times nothing there: it says {last!r}",
                "put it there, and let it be run: adb push benchmark_model /data/local/tmp/, "
                "adb shell chmod +x /data/local/tmp/benchmark_model",
            )
        return float(average[1]) / 1e6
