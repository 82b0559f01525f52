"""Work in a process of its own."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from convert.bench.child import OnProgress, run_alone
from convert.bench.errors import BenchError
from edge.errors import AudioError

THREADS = Path("/proc/self/task")


def multiply(on_progress: OnProgress) -> int:
    import numpy as np

    square = np.ones((600, 600), np.float32)
    square @ square
    on_progress(1, 1)
    return len(list(THREADS.iterdir()))


def report_three_steps(on_progress: OnProgress) -> str:
    for done in range(1, 4):
        on_progress(done, 3)
    return "done"


def complain(on_progress: OnProgress) -> None:
    raise AudioError("no sound", "make some")


def die(on_progress: OnProgress) -> None:
    os._exit(9)


def note_own_id_and_wait(path: Path, on_progress: OnProgress) -> None:
    path.write_text(str(os.getpid()))
    on_progress(0, 1)
    time.sleep(60)


def test_it_returns_what_the_work_returns_and_passes_progress_on() -> None:
    seen: list[tuple[int, int]] = []
    result = run_alone(report_three_steps, 1, lambda done, total: seen.append((done, total)))
    assert result == "done"
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_with_one_thread_a_matrix_product_has_no_other() -> None:
    assert run_alone(multiply, 1) == 1


def test_an_expected_failure_arrives_with_what_to_try() -> None:
    with pytest.raises(AudioError, match="no sound") as failure:
        run_alone(complain, 1)
    assert failure.value.tries == ("make some",)


def test_a_process_that_dies_is_an_expected_failure() -> None:
    with pytest.raises(BenchError, match="status 9"):
        run_alone(die, 1)


def test_an_interrupt_ends_the_process_as_well(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_alone(partial(note_own_id_and_wait, tmp_path / "id"), 1, interrupt)
    child = Path("/proc") / (tmp_path / "id").read_text()
    assert not child.exists()
