import os
import pty
import re
import subprocess
import sys

import pytest

from eedge.progress import progress, stage, stages

PROGRAM = """
from eedge.progress import progress, stage
with stage("converting") as on_progress:
    for done in range(3):
        on_progress(done + 1, 3)
for item in progress("ab", "measuring"):
    print("result", item)
"""


def test_without_a_terminal_a_stage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("converting") as on_progress:
        on_progress(1, 2)
        on_progress(2, 2)
    assert list(progress(range(3), "measuring")) == [0, 1, 2]
    printed = capsys.readouterr()
    assert printed.err == "eedge: converting\needge: measuring\n"
    assert printed.out == ""


SEVERAL = """
from eedge.progress import stages
with stages(["one", "two"]) as (one, two):
    one.notice("sending")
    two.notice("verifying")
    one.progress(1000, 2000)
"""


def on_a_terminal(program: str = PROGRAM, **environment: str) -> tuple[str, str]:
    """Run a program with stderr on a terminal and stdout in a pipe; return both."""
    terminal, stderr = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
    ) as process:
        os.close(stderr)
        shown = read_all(terminal)
        assert process.stdout is not None
        results = process.stdout.read()
    assert process.returncode == 0, shown
    return shown, results


def read_all(terminal: int) -> str:
    parts: list[bytes] = []
    with os.fdopen(terminal, "rb", buffering=0) as reader:
        while True:
            try:
                part = reader.read(4096)
            except OSError:  # How Linux says that the last writer has closed a terminal.
                part = b""
            if not part:
                return b"".join(parts).decode()
            parts.append(part)


def test_on_a_terminal_a_bar_counts_and_results_stay_on_stdout() -> None:
    shown, results = on_a_terminal()
    assert "converting" in shown
    assert "3/3" in shown
    assert "2/2" in shown
    assert "result" not in shown
    assert results == "result a\nresult b\n"


def test_no_color_is_obeyed() -> None:
    colour = "\x1b[38;"
    assert colour in on_a_terminal()[0]
    assert colour not in on_a_terminal(NO_COLOR="1")[0]


def test_several_at_once_are_a_bar_each_or_a_line_a_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stages(["one", "two"]) as (one, two):
        one.notice("sending")
        two.notice("verifying")
        one.progress(1, 2)
    assert capsys.readouterr().err == "eedge: one: sending\needge: two: verifying\n"
    shown, _ = on_a_terminal(SEVERAL, NO_COLOR="1")
    assert re.search(r"one .*1.0/2.0 kB .*sending", shown)
    assert re.search(r"two .*verifying", shown)
