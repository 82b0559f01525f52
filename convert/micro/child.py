"""The process in which TFLite Micro runs: python -m convert.micro.child FILE…

For each file one line of JSON goes to stdout. TFLite Micro ends the process over some files, such
as those with several lengths, and says all that it has to say on stderr.
"""

from __future__ import annotations

import json
import os
import re
import struct
import sys
import tempfile
from collections.abc import Callable

LARGEST_ARENA = 1 << 30
"""Bytes; only what is written to is really taken."""

_USED = re.compile(r"Arena allocation (total|tail) (\d+) bytes")


def measure(path: str) -> dict[str, int | str]:
    """Run a file once, and return `arena_bytes` and `kept_bytes`, or `refusal`."""
    from tflite_micro.python.tflite_micro import runtime

    def run() -> None:
        interpreter = runtime.Interpreter.from_file(path, arena_size=LARGEST_ARENA)
        # Inputs are whatever lies in fresh memory: sizes do not depend on them.
        interpreter.invoke()
        interpreter.print_allocations()

    said, failure = _heard(run)
    used = {name: int(size) for name, size in _USED.findall(said)}
    if failure is None and "total" in used and "tail" in used:
        return {"arena_bytes": used["total"], "kept_bytes": used["tail"]}
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return {"refusal": lines[0] if lines else failure or "it says nothing of its arena"}


def _heard(run: Callable[[], None]) -> tuple[str, str | None]:
    """Call something; return what it, C++ included, says on stderr, and how it fails."""
    failure = None
    saved = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            run()
        except (RuntimeError, ValueError, LookupError, TypeError, struct.error) as error:
            failure = str(error) or type(error).__name__
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        log.seek(0)
        return log.read().decode(errors="replace"), failure


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(json.dumps(measure(each)), flush=True)
