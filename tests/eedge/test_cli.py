import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import eedge as package
from eedge.cli import COMMANDS, main
from tests.interrupts import hear_interrupts

Run = Callable[..., subprocess.CompletedProcess[str]]

HELP_LIMIT_S = 0.3
HELPS = [["--help"], *([name, "--help"] for name in COMMANDS)]


@pytest.mark.parametrize("args", HELPS, ids=" ".join)
def test_help_is_there_before_one_waits_for_it(eedge_process: Run, args: list[str]) -> None:
    fastest = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        done = eedge_process(*args)
        fastest = min(fastest, time.perf_counter() - start)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Usage: eedge")
        if fastest < HELP_LIMIT_S:
            return
    pytest.fail(f"the fastest of five took {fastest:.2f} s")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = importlib.import_module(f"eedge.commands.{name}").command
    assert isinstance(command, click.Command)
    assert command.get_short_help_str(limit=100) == COMMANDS[name].help


def test_every_file_of_commands_is_in_the_list(repository: Path) -> None:
    files = {path.stem for path in (repository / "eedge" / "commands").glob("[!_]*.py")}
    assert files == COMMANDS.keys()


def test_help_lists_every_command(eedge: Run) -> None:
    listed = eedge("--help").stdout
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} ", listed, re.MULTILINE)
        assert entry.help in listed


def test_help_loads_neither_the_commands_nor_what_they_need() -> None:
    program = (
        "import sys; from eedge.cli import main; main(['--help']);"
        "print([m for m in sys.modules if m in {'numpy', 'pydantic', 'rich', 'torch'}"
        " or m.startswith('eedge.commands.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_arguments_it_prints_its_help(eedge: Run) -> None:
    assert eedge().stdout == eedge("--help").stdout


def test_version(eedge_process: Run) -> None:
    assert eedge_process("--version").stdout == f"eedge {package.__version__}\n"


@pytest.mark.parametrize(
    ("args", "what", "hint"),
    [
        (["bords"], "no such command 'bords'", "did you mean 'boards'?"),
        (["boards", "--jsn"], "no such option '--jsn'", "did you mean '--json'?"),
        (["boards", "hots"], "there is no board 'hots'", "did you mean 'host'?"),
        (["boards", "a", "b"], "unexpected extra argument", "'eedge boards --help'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_explained_and_has_status_2(
    eedge: Run, args: list[str], what: str, hint: str
) -> None:
    done = eedge(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    first, second, *hints = done.stderr.splitlines()
    assert first.startswith("eedge: error: ")
    assert what in first
    assert second == "Things to try:"
    assert any(line.startswith("  - ") and hint in line for line in hints)


@pytest.mark.parametrize(
    ("args", "kind", "status"),
    [
        (["boards", "hots", "--json"], "UnknownBoardError", 2),
        (["boards", "--json", "/nowhere.toml"], "BoardError", 1),
        (["boards", "--json", "--wrong"], "UsageError", 2),
        (["bords", "--json"], "UsageError", 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_with_json_an_error_is_a_document_on_stdout(
    eedge: Run, args: list[str], kind: str, status: int
) -> None:
    done = eedge(*args)
    assert done.returncode == status
    assert done.stderr == ""
    document = json.loads(done.stdout)
    error = document.pop("error")
    assert document == {"eedge": package.__version__, "format": 1, "status": "error"}
    assert error.keys() == {"kind", "what", "try"}
    assert error["kind"] == kind
    assert error["what"]
    assert error["try"]


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "boards", COMMANDS["boards"]._replace(extra="report"))
    monkeypatch.setitem(sys.modules, "pydantic", None)
    monkeypatch.delitem(sys.modules, "boards.board", raising=False)
    monkeypatch.delitem(sys.modules, "boards.validation", raising=False)
    assert main(["boards"]) == 1
    assert capsys.readouterr().err == (
        "eedge: error: 'eedge boards' needs the package 'pydantic', which is not installed\n"
        "Things to try:\n"
        "  - pip install 'eedge[report]'\n"
    )


def test_with_stdout_and_stderr_closed_nothing_goes_astray() -> None:
    closed = subprocess.run(
        f"exec {sys.executable} -m eedge boards >&- 2>&-", shell=True, check=False
    )
    assert closed.returncode == 0
    errors = subprocess.run(
        f"exec {sys.executable} -m eedge bords 2>&-", shell=True, check=False, capture_output=True
    )
    assert (errors.returncode, errors.stdout) == (2, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_reason_to_complain(unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "eedge", "boards"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert done.stderr == b""
    assert done.returncode == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_stdout_is_an_error_not_a_traceback(unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "eedge", "boards"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("eedge: error: No space left on device\nThings to try:\n")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_ctrl_c_ends_with_one_line_and_status_130(tmp_path: Path) -> None:
    board = tmp_path / "board.toml"
    os.mkfifo(board)
    process = subprocess.Popen(
        [sys.executable, "-m", "eedge", "boards", board],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    with os.fdopen(open_when_read(board), "wb"):
        process.send_signal(signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            # It came in the moment before the read that waits; people press again, too.
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
    assert stderr == "eedge: interrupted\n"
    assert process.returncode == 130


def open_when_read(pipe: Path) -> int:
    """Open a named pipe for writing as soon as somebody reads it: the command is at its work."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
