"""Writes docs/results.md: runs each command that a figure comes from, and keeps what it said.

    python docs/make_results.py --data FOLDER

FOLDER holds cal.jsonl and test.jsonl. Takes some ten minutes on two quiet cores. What was trained
for the comparison of equal lengths is left out unless build/compare holds it.
"""

from __future__ import annotations

import argparse
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from calibration.table import ExitTable
from calibration.table_csv import read_table

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = "checkpoints/small"
BUNDLE = "build/small.eedge"
FLOAT = "build/small-float32.eedge"
TABLES = Path("build/results")


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    (ROOT / TABLES).mkdir(parents=True, exist_ok=True)
    page = "\n".join(sections(data / "cal.jsonl", data / "test.jsonl"))
    (ROOT / "docs" / "results.md").write_text(page, encoding="utf-8")


def sections(cal: Path, test: Path) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Results\n"
    yield (
        f"Written by `docs/make_results.py` on {date.today().isoformat()}, Python "
        f"{platform.python_version()}, on a {cpu()} with Linux. `$DATA` holds the corpora that "
        "the card of the encoder names; their test set is split by speaker and must not be set "
        "beside published figures. Nothing here was measured on an Edge TPU, a phone or an ARM "
        "board.\n"
    )
    yield from conversion(cal)
    yield from word_errors(test)
    yield from calibration(cal, test)
    yield from benchmark(test)


def conversion(cal: Path) -> Iterator[str]:
    """What int8 costs in every block."""
    yield "## Conversion\n"
    yield from shown("convert", CHECKPOINT, "--data", cal, "--out", BUNDLE)


def word_errors(test: Path) -> Iterator[str]:
    """WER by exit and corpus: int8, and what float32 does better."""
    whole = TABLES / "int8.csv"
    quiet("convert", CHECKPOINT, "--recipe", "float32", "--out", FLOAT)
    quiet("evaluate", BUNDLE, "--data", test, "--table", whole)
    quiet("evaluate", FLOAT, "--data", test, "--table", TABLES / "float32.csv")
    int8 = read_table(ROOT / whole)
    exact = read_table(ROOT / TABLES / "float32.csv")
    yield "## Word error rate by exit\n"
    yield command_block("evaluate", BUNDLE, "--data", test, "--table", whole)
    yield f"WER in % of the int8 bundle on `test`, {len(int8)} utterances, greedy decoding:\n"
    names = [str(exit) for exit in int8.exits]
    yield f"| corpus | {' | '.join(names)} |"
    yield "|---|" + "---|" * len(names)
    for corpus in np.unique(int8.corpus):
        yield rate_row(str(corpus), int8.errors[int8.corpus == corpus], int8, corpus)
    yield rate_row("all", int8.errors, int8)
    yield rate_row("all, float32", exact.errors, exact)
    cost = rates(int8.errors, int8.words) - rates(exact.errors, exact.words)
    yield f"| int8 − float32, points | {' | '.join(f'{points:+.2f}' for points in cost)} |\n"


def calibration(cal: Path, test: Path) -> Iterator[str]:
    """Operating points beside fixed exits, random mix and oracle."""
    yield "## Where to leave\n"
    yield "Fitted on `cal`, figures from `test`:\n"
    yield from shown("calibrate", BUNDLE, "--data", cal, "--test", test)


def benchmark(test: Path) -> Iterator[str]:
    """Speed and memory beside other engines."""
    yield "## Speed\n"
    yield command_block("bench", BUNDLE, "--checkpoint", CHECKPOINT, "--data", test)
    yield run("bench", BUNDLE, "--checkpoint", CHECKPOINT, "--data", test)


def rate_row(name: str, errors: np.ndarray, table: ExitTable, corpus: str | None = None) -> str:
    """One row of the table of WER by exit."""
    words = table.words if corpus is None else table.words[table.corpus == corpus]
    return f"| {name} | {' | '.join(f'{rate:.2f}' for rate in rates(errors, words))} |"


def rates(errors: np.ndarray, words: np.ndarray) -> np.ndarray:
    """WER in percent by exit, from errors [U, E] and words [U]."""
    percent: np.ndarray = 100 * errors.sum(axis=0) / words.sum()
    return percent


def shown(*args: str | Path) -> Iterator[str]:
    """A command and what it printed."""
    yield command_block(*args)
    yield f"```\n{run(*args).rstrip()}\n```\n"


def command_block(*args: str | Path) -> str:
    """A command as a reader would type it."""
    words = [in_words(arg) for arg in args]
    return f"```sh\needge {' '.join(words)}\n```\n"


def in_words(arg: str | Path) -> str:
    """An argument as typed; the manifests' folder differs from machine to machine."""
    if isinstance(arg, Path) and arg.suffix == ".jsonl":
        return f"$DATA/{arg.name}"
    return shlex.quote(str(arg))


def quiet(*args: str | Path) -> None:
    """Run a command for what it writes."""
    run(*args)


def run(*args: str | Path) -> str:
    """Run an eedge command in the repository and return what it printed, without its paths."""
    command = [sys.executable, "-m", "eedge", *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    text = done.stdout
    for arg in args:
        if isinstance(arg, Path) and arg.is_absolute():
            text = text.replace(str(arg.parent), "$DATA")
    return text


def cpu() -> str:
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
