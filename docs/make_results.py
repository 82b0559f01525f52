"""Writes docs/results.md: runs each command that a figure comes from, and keeps what it said.

    python docs/make_results.py --data FOLDER [SECTION…]

FOLDER holds cal.jsonl, test.jsonl, dev.jsonl, noise.jsonl and rir.jsonl. Sections that are not
asked for stay on the page as they are. All take half an hour on two quiet cores; all but
`conversion` need the bundle that it leaves, or that of `make demo`, and `exits` needs the three
trainings that it names.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import torch

from calibration.bootstrap import Bootstrap
from calibration.table import ExitTable
from calibration.table_csv import read_table
from calibration.wer import word_errors as word_errors_in
from edge import audio
from edge.corpus import Utterance, read_manifest
from edge.decode import greedy
from edge.features import log_mel
from edge.machine import cpu_model
from training.checkpoint import load_checkpoint

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = "checkpoints/small"
BUNDLE = "build/small.eedge"
FLOAT = "build/small-float32.eedge"
EDGE_TPU = "build/small-edgetpu.eedge"
TABLES = Path("build/results")
INTRODUCTION = """# Results

Written by `docs/make_results.py`; each section says when and on what it was measured. `$DATA` holds
the corpora that the card of the encoder names; their test set is split by speaker and must not be
set beside published figures. Times from a loaded machine are too long. Nothing here was measured on
an Edge TPU, a phone or an ARM board.
"""
COMPARED = Path("build/train/compare")
ALONE = {"single-exit": 12, "six-blocks": 6}
"""Trainings to compare the multi-exit one with, and at which exit."""
SHORT = ("an4", "fsdd_strings", "speech_commands", "synthetic")


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("section", nargs="*", help=f"of {', '.join(SECTIONS)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.section) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    (ROOT / TABLES).mkdir(parents=True, exist_ok=True)
    page = ROOT / "docs" / "results.md"
    kept = known_sections(page.read_text(encoding="utf-8"))
    for name in options.section or SECTIONS:
        heading, section = SECTIONS[name]
        began = conditions()
        body = "\n".join(section(options.data / "cal.jsonl", options.data / "test.jsonl"))
        kept[heading] = f"{began}\n\n{body.strip()}\n"
        page.write_text(whole_page(kept), encoding="utf-8")


def known_sections(page: str) -> dict[str, str]:
    """What stands on the page under each heading."""
    parts = [part.partition("\n") for part in page.split("\n## ")[1:]]
    return {heading: body.strip() + "\n" for heading, _, body in parts}


def whole_page(bodies: dict[str, str]) -> str:
    """The page, its sections in the order of `SECTIONS`."""
    headings = [heading for heading, _ in SECTIONS.values() if heading in bodies]
    return "\n".join([INTRODUCTION, *(f"## {each}\n\n{bodies[each]}" for each in headings)])


def conditions() -> str:
    """When and on what a section was measured; to be asked for before it begins."""
    return (
        f"*{date.today().isoformat()}, {cpu_model()}, {os.cpu_count()} cores, load average "
        f"{os.getloadavg()[0]:.1f} when it began, Linux, Python {platform.python_version()}.*"
    )


def conversion(cal: Path, test: Path) -> Iterator[str]:
    """What int8 costs in every block."""
    yield from shown("convert", CHECKPOINT, "--data", cal, "--out", BUNDLE)


def word_errors(cal: Path, test: Path) -> Iterator[str]:
    """WER by exit and corpus."""
    int8 = exit_table(BUNDLE, test)
    yield command_block("evaluate", BUNDLE, "--data", test, "--table", table_path(BUNDLE))
    yield f"WER in % of the int8 bundle on `test`, {len(int8)} utterances, greedy decoding:\n"
    yield from header("corpus", int8)
    for corpus in np.unique(int8.corpus):
        own = int8.corpus == corpus
        yield row(str(corpus), rates(int8.errors[own], int8.words[own]))
    yield row("all", rates(int8.errors, int8.words)) + "\n"


def int8_against_float32(cal: Path, test: Path) -> Iterator[str]:
    """What int8 costs in WER at every exit."""
    run("convert", CHECKPOINT, "--recipe", "float32", "--out", FLOAT)
    int8, exact = exit_table(BUNDLE, test), exit_table(FLOAT, test)
    yield command_block("convert", CHECKPOINT, "--recipe", "float32", "--out", FLOAT)
    yield command_block("evaluate", FLOAT, "--data", test, "--table", table_path(FLOAT))
    yield "WER in % on `test`, both bundles cut long sound alike:\n"
    yield from header("recipe", int8)
    quantised, whole = rates(int8.errors, int8.words), rates(exact.errors, exact.words)
    yield row("dynamic-int8", quantised)
    yield row("float32", whole)
    yield row("difference, points", quantised - whole) + "\n"


def calibration(cal: Path, test: Path) -> Iterator[str]:
    """Operating points beside fixed exits, random mix and oracle."""
    yield "Fitted on `cal`, figures from `test`:\n"
    yield from shown("calibrate", BUNDLE, "--data", cal, "--test", test)


def what_exits_cost(cal: Path, test: Path) -> Iterator[str]:
    """The encoder with exits beside others that were trained as long without."""
    speech = [
        utterance
        for path in (test, test.with_name("dev.jsonl"), ROOT / "tests/audio/test.jsonl")
        for utterance in read_manifest(path)
        if utterance.corpus in SHORT
    ]
    words = np.array([len(utterance.text.split()) for utterance in speech])
    yield (
        "Three trainings of equal length (`checkpoints/compare/`, 1,600 steps on the short "
        "domains): twelve blocks with six exits, twelve with the last exit alone, and six "
        f"blocks. WER in % on {', '.join(SHORT)} of `test`, `dev` (which chose nothing here) and "
        f"`tests/audio`: {len(speech):,} utterances, {words.sum():,} words, float32.\n"
    )
    yield training_commands()
    wrong = {name: errors_of(COMPARED / name, speech) for name in ("multi-exit", *ALONE)}
    yield "| training | exit | WER |\n|---|---|---|"
    for name, by_exit in wrong.items():
        for exit, errors in by_exit.items():
            yield f"| {name} | {exit} | {100 * errors.sum() / words.sum():.2f} |"
    yield ""
    bootstrap = Bootstrap(np.array([utterance.corpus for utterance in speech]))
    for name, exit in ALONE.items():
        more = wrong["multi-exit"][exit] - wrong[name][exit]
        found = bootstrap.rate(more.astype(float), words.astype(float))
        yield (
            f"Exit {exit} of multi-exit against {name}: {found.value:+.2f} points, 95 % interval "
            f"[{found.low:+.2f}, {found.high:+.2f}] over utterances; another seed of the training "
            "would move it, too.\n"
        )


def training_commands() -> str:
    """How the three were trained."""
    lines = [
        f"eedge train checkpoints/compare/{name}.toml --data $DATA/train.jsonl "
        "--data build/synthetic/manifest.jsonl --dev $DATA/dev.jsonl --noise $DATA/noise.jsonl "
        f"--rooms $DATA/rir.jsonl --precision bf16 --out {COMPARED / name}"
        for name in ("multi-exit", *ALONE)
    ]
    return "```sh\n" + "\n".join(lines) + "\n```\n"


def errors_of(checkpoint: Path, speech: list[Utterance]) -> dict[int, np.ndarray]:
    """Word errors by exit and utterance, each sound at its true length."""
    loaded = load_checkpoint(ROOT / checkpoint)
    settings = loaded.config.features
    wrong: dict[int, list[int]] = {exit: [] for exit in loaded.config.encoder.exits}
    for utterance in speech:
        samples = np.concatenate(list(audio.stream(utterance.audio, settings.sample_rate)))
        frames = torch.from_numpy(log_mel(samples, settings))[None]
        with torch.no_grad():
            logits, _ = loaded.model(frames, torch.tensor([frames.shape[1]]))
        for exit, values in logits.items():
            text = greedy(values[0].log_softmax(-1).numpy(), loaded.tokens)
            wrong[exit].append(word_errors_in(utterance.text, text))
    return {exit: np.array(errors) for exit, errors in wrong.items()}


def noise(cal: Path, test: Path) -> Iterator[str]:
    """What noise and rooms do to depth and words."""
    yield from shown(
        *("noise", BUNDLE, "--data", test),
        *("--noise", test.with_name("noise.jsonl")),
        *("--rooms", test.with_name("rir.jsonl")),
        *("--point", "wer+0.25", "--limit", "200"),
    )


def edge_tpu(cal: Path, test: Path) -> Iterator[str]:
    """What a lowered bundle maps by the operator table, and what static int8 costs."""
    buckets = "64,128"
    yield from shown(
        *("convert", CHECKPOINT, "--board", "coral-usb", "--buckets", buckets),
        *("--data", cal, "--out", EDGE_TPU),
    )
    yield from shown("explain", EDGE_TPU, "--board", "coral-usb", "--min-mapped", "0.95")
    run("convert", CHECKPOINT, "--recipe", "float32", "--buckets", buckets, "--out", FLOAT)
    lowered = exit_table(EDGE_TPU, test, "--allow-cpu")
    exact = exit_table(FLOAT, test)
    yield command_block("evaluate", EDGE_TPU, "--allow-cpu", "--data", test)
    yield "WER in % on `test`, both on this CPU with the same lengths, cut alike:\n"
    yield from header("bundle", exact)
    quantised, whole = (rates(table.errors, table.words) for table in (lowered, exact))
    yield row("lowered, static-int8", quantised)
    yield row("float32", whole)
    yield row("difference, points", quantised - whole) + "\n"


def benchmark(cal: Path, test: Path) -> Iterator[str]:
    """Speed and memory beside other engines."""
    yield command_block("bench", BUNDLE, "--checkpoint", CHECKPOINT, "--data", test)
    yield run("bench", BUNDLE, "--checkpoint", CHECKPOINT, "--data", test)


def exit_table(bundle: str, test: Path, *options: str) -> ExitTable:
    """What every exit of a bundle makes of `test`."""
    run("evaluate", bundle, "--data", test, "--table", table_path(bundle), *options)
    return read_table(ROOT / table_path(bundle))


def table_path(bundle: str) -> str:
    """Where a bundle's exit table is kept."""
    return str(TABLES / f"{Path(bundle).stem}.csv")


def header(first: str, table: ExitTable) -> Iterator[str]:
    """The head of a Markdown table with a column for each exit."""
    yield f"| {first} | {' | '.join(f'exit {exit}' for exit in table.exits)} |"
    yield "|---|" + "---|" * len(table.exits)


def row(name: str, figures: np.ndarray) -> str:
    """One row of such a table."""
    return f"| {name} | {' | '.join(f'{figure:.2f}' for figure in figures)} |"


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


def run(*args: str | Path) -> str:
    """Run an eedge command in the repository and return what it printed, without its paths."""
    command = [sys.executable, "-m", "eedge", *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    text = done.stdout
    for arg in args:
        if isinstance(arg, Path) and arg.is_absolute():
            text = text.replace(str(arg.parent), "$DATA")
    return text


SECTIONS = {
    "conversion": ("Conversion", conversion),
    "word-errors": ("Word error rate by exit", word_errors),
    "int8": ("What int8 costs", int8_against_float32),
    "exits": ("What the exits cost the encoder", what_exits_cost),
    "calibration": ("Where to leave", calibration),
    "noise": ("In noise and in rooms", noise),
    "edge-tpu": ("Lowered for the Edge TPU", edge_tpu),
    "speed": ("Speed", benchmark),
}

if __name__ == "__main__":
    main()
