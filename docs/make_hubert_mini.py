"""Writes docs/hubert-mini.md: what the ways of growing exits on a small HuBERT come to.

    python docs/make_hubert_mini.py --data FOLDER

FOLDER holds train.jsonl, dev.jsonl, cal.jsonl, test.jsonl and noise.jsonl. Needs the checkpoints
that the recipes of checkpoints/hubert-mini/ make in build/train/hubert-mini/; the page says how.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import torch
from daisy_in_noise import ROOT, SHORT, daisy
from safetensors.torch import load_file

from calibration.bootstrap import Bootstrap
from calibration.wer import word_errors
from edge import audio
from edge.corpus import Utterance, read_manifest
from edge.decode import greedy
from edge.inputs import prepare
from edge.machine import cpu_model
from training.checkpoint import load_checkpoint

RECIPES = Path("checkpoints/hubert-mini")
TRAINED = Path("build/train/hubert-mini")
STARTS = {
    "pretrain-1": "",
    "pretrain-2": "pretrain-1",
    "two-stage-1": "pretrain-2",
    "two-stage-2": "two-stage-1",
    "joint": "pretrain-2",
    "distil": "pretrain-2",
    "daisy-units": "pretrain-2",
    "daisy": "daisy-units",
}
"""Each recipe, and the checkpoint that it starts from."""
WAYS = ("joint", "two-stage-2", "distil", "daisy")


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data.resolve()
    torch.set_num_threads(1)
    lines = [*introduction(), *ways(data), *daisy(TRAINED / "daisy", data)]
    (ROOT / "docs" / "hubert-mini.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def introduction() -> Iterator[str]:
    """What it is, and how it was trained."""
    yield "# A small HuBERT, with exits grown by the published ways\n"
    yield (
        f"Written by `docs/make_hubert_mini.py` on {date.today().isoformat()}, Python "
        f"{platform.python_version()}, {cpu_model()}, one thread. One seed each: another would "
        "move every figure. Splits are by speaker and our own, and no figure here is to be set "
        "beside a published one.\n"
    )
    yield (
        "Twelve blocks of width 192, a frame every 40 ms, pre-trained without transcripts for "
        f"{_steps('pretrain-1')} and {_steps('pretrain-2')} steps of some 40 s of sound, then "
        f"fine-tuned on {', '.join(SHORT)}. `$DATA` holds the corpora that the recipes name.\n"
    )
    yield "```sh"
    for name, start in STARTS.items():
        begins = f" --start {TRAINED / start}" if start else ""
        yield (
            f"eedge train {RECIPES / name}.toml --data $DATA/train.jsonl --dev $DATA/dev.jsonl "
            f"--precision bf16{begins} --out {TRAINED / name}"
        )
    yield "```\n"
    yield "| training | steps | s a step | of its last validation |\n|---|---|---|---|"
    for name in STARTS:
        yield _training_row(name)
    yield ""


def ways(data: Path) -> Iterator[str]:
    """WER by exit of each way, two stages to the bit, and joint beside two stages."""
    speech = [u for u in read_manifest(data / "test.jsonl") if u.corpus in SHORT]
    words = np.array([len(utterance.text.split()) for utterance in speech])
    wrong = {way: errors_of(ROOT / TRAINED / way, speech) for way in WAYS}
    yield "## Word error rate by exit\n"
    yield (
        f"WER in % on {', '.join(SHORT)} of `test`: {len(speech)} utterances, {words.sum():,} "
        "words, greedy decoding, float32. The ways had different numbers of steps, see above: only "
        "joint and two stages, whose backbones had as many, are to be compared.\n"
    )
    exits = range(1, 13)
    yield f"| way | {' | '.join(f'exit {exit}' for exit in exits)} |"
    yield "|---|" + "---|" * len(exits)
    for way, by_exit in wrong.items():
        cells = [
            f"{100 * by_exit[exit].sum() / words.sum():.1f}" if exit in by_exit else ""
            for exit in exits
        ]
        yield f"| {way} | {' | '.join(cells)} |"
    yield ""
    yield from _to_the_bit()
    shallow = min(wrong["joint"])
    more = wrong["joint"][shallow] - wrong["two-stage-2"][shallow]
    found = Bootstrap(np.array([u.corpus for u in speech])).rate(
        more.astype(float), words.astype(float)
    )
    yield (
        f"At the shallowest exit, {shallow}, joint training against two stages: "
        f"{found.value:+.1f} points, 95 % interval [{found.low:+.1f}, {found.high:+.1f}] over "
        "utterances.\n"
    )


def errors_of(checkpoint: Path, speech: Sequence[Utterance]) -> dict[int, np.ndarray]:
    """Word errors by exit and utterance, each sound at its true length."""
    loaded = load_checkpoint(checkpoint)
    settings = loaded.config.features
    wrong: dict[int, list[int]] = {exit: [] for exit in loaded.config.encoder.exits}
    for utterance in speech:
        features = prepare(audio.read(utterance.audio, settings.sample_rate), settings)
        with torch.no_grad():
            logits, _ = loaded.model(
                torch.from_numpy(features)[None], torch.tensor([len(features)])
            )
        for exit, values in logits.items():
            text = greedy(values[0].log_softmax(-1).numpy(), loaded.tokens)
            wrong[exit].append(word_errors(utterance.text, text))
    return {exit: np.array(errors) for exit, errors in wrong.items()}


def _to_the_bit() -> Iterator[str]:
    before = load_file(ROOT / TRAINED / "two-stage-1" / "model.safetensors")
    after = load_file(ROOT / TRAINED / "two-stage-2" / "model.safetensors")
    same = sum(torch.equal(after[name], tensor) for name, tensor in before.items())
    yield (
        f"Two stages: {same} of the {len(before)} tensors of the first stage, front end, blocks "
        f"and last branch, are the same to the bit after the second, which added "
        f"{len(after) - len(before)}.\n"
    )


def _log(name: str) -> list[dict[str, object]]:
    path = ROOT / RECIPES / f"{name}.log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def _steps(name: str) -> int:
    return max(int(str(row["step"])) for row in _log(name) if "step" in row)


def _training_row(name: str) -> str:
    rows = _log(name)
    steps = [row for row in rows if row["event"] == "step"]
    dev = [row for row in rows if row["event"] == "dev"][-1]
    wer = dev.get("wer")
    if isinstance(wer, dict):
        last = max(wer, key=int)
        found = f"WER of all of dev at exit {last}: {wer[last]:.1f} %"
    else:
        hidden = f"{dev['hidden %']:.1f} % of hidden frames, " if dev["hidden %"] else ""
        found = f"units named rightly: {hidden}{dev['seen %']:.1f} % of seen ones"
    return f"| {name} | {_steps(name)} | {steps[-1]['step_s']:.2f} | {found} |"


if __name__ == "__main__":
    main()
