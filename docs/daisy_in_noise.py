"""The part of docs/hubert-mini.md that is on DAISY: units, depth and words in noise."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from calibration.colours import BLUE, GREY, VERMILION
from calibration.mixing import Mixer, Sounds, Surroundings
from calibration.replay import replay
from calibration.speech import Speech
from calibration.table import ExitTable
from calibration.units import RHO, Strategy, UnitFit, fit_units
from calibration.wer import word_errors
from edge import audio
from edge.bundle import Bundle
from edge.decode import greedy
from edge.encoder import Encoder
from edge.inputs import fill, prepare
from edge.scores import UNIT_ENTROPY

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path("build/results")
BUNDLE = Path("build/hubert-mini-daisy.eedge")
BUCKETS = "80,176"
"""Frames of 40 ms: up to 7 s, which is as long as this speech gets."""
PICTURE = "hubert-mini-noise.png"
SHORT = ("an4", "fsdd_strings", "speech_commands")
"""What was fine-tuned on: spelling, numbers, digits and commands."""
SNRS = (np.inf, 20.0, 10.0, 0.0)
HALF = 6
"""The fixed exit at half depth that DAISY is set beside."""
SEED = 1
SHOWN: Strategy = "min-max"
"""The strategy of the picture."""
STRATEGIES: tuple[Strategy, ...] = ("average", "min-max", "probability")


def daisy(checkpoint: Path, data: Path) -> Iterator[str]:
    """Entropy by depth and noise, the exits that follow, and the words that are lost."""
    (ROOT / RESULTS).mkdir(parents=True, exist_ok=True)
    cal, test = (Speech.read(_short(data / f"{split}.jsonl")) for split in ("cal", "test"))
    if not (ROOT / BUNDLE).is_dir():
        eedge("convert", checkpoint, "--buckets", BUCKETS, "--out", BUNDLE)
    bundle = Bundle.open(ROOT / BUNDLE)
    fitted = exit_table(bundle, cal, "cal")
    rules = {strategy: fit_units(fitted, RHO, strategy) for strategy in STRATEGIES}
    tables = _in_noise(bundle, test, _noises(data, bundle.manifest.sample_rate))
    yield "## DAISY\n"
    yield (
        "The bundle in int8, on the short corpora of `cal` and `test`, with the noises of the "
        "split `test`, at a signal-to-noise ratio over the parts of the speech that are active.\n"
    )
    yield "```sh"
    yield f"eedge convert {checkpoint} --buckets {BUCKETS} --out {BUNDLE}"
    yield (
        f"eedge calibrate {BUNDLE} --data {cal.path.name} --criterion units --rho {RHO:g} "
        f"--strategy {SHOWN}"
    )
    yield "```\n"
    yield f"Fitted on `cal` ({len(fitted)} utterances) at ρ = {RHO:g}:\n"
    yield "| strategy | θ in nats | exits allowed |\n|---|---|---|"
    for strategy, fit in rules.items():
        yield f"| {strategy} | {fit.threshold:.3f} | {', '.join(map(str, fit.allowed))} |"
    yield ""
    yield from _entropies(tables)
    yield from _depths(tables, rules)


def _in_noise(bundle: Bundle, speech: Speech, noises: Sounds) -> dict[float, ExitTable]:
    """Run the bundle to every exit, by SNR."""
    mixer = Mixer(noises, None, SEED, bundle.manifest.sample_rate)
    tables = {}
    for snr in SNRS:
        around = Surroundings(snr)
        with TemporaryDirectory(prefix="eedge-noise-") as folder:
            heard, _ = mixer.write(speech, around, Path(folder))
            tables[snr] = exit_table(bundle, heard, around.name)
    return tables


def exit_table(bundle: Bundle, speech: Speech, split: str) -> ExitTable:
    """Return what every exit says and how sure of its units it is; a block counts as its cost.

    `calibration.measure` has this, too, but computes all scores and takes ten times as long.
    """
    encoder, manifest = Encoder(bundle, memory_mb=math.inf), bundle.manifest
    entropies, errors, seconds = [], [], []
    for utterance in speech.utterances:
        samples = audio.read(utterance.audio, manifest.sample_rate)
        features = prepare(fill(samples, manifest.shortest), manifest.features)
        steps = list(encoder.exits(features))
        texts = [greedy(step.log_probs, bundle.tokens) for step in steps]
        entropies.append([step.score(UNIT_ENTROPY) for step in steps])
        errors.append([word_errors(utterance.text, text) for text in texts])
        seconds.append(len(samples) / manifest.sample_rate)
    said = [utterance.text for utterance in speech.utterances]
    shape = (len(said), len(bundle.exits))
    return ExitTable(
        exits=np.array(bundle.exits),
        utterance=np.array(speech.names),
        corpus=np.array([utterance.corpus for utterance in speech.utterances]),
        split=np.array([split] * len(said)),
        words=np.array([len(text.split()) for text in said]),
        characters=np.array([len(text) for text in said]),
        duration_s=np.array(seconds),
        errors=np.array(errors),
        char_errors=np.zeros(shape, np.int64),
        cost_blocks=np.tile(np.array(bundle.exits, np.float64), (len(said), 1)),
        cost_branch=np.zeros(shape),
        scores={UNIT_ENTROPY: np.array(entropies)},
        text=np.full(shape, ""),
    )


def _entropies(tables: dict[float, ExitTable]) -> Iterator[str]:
    means = np.array([table.score(UNIT_ENTROPY).mean(axis=0) for table in tables.values()])
    exits = tables[SNRS[0]].exits
    yield "Mean entropy of units in nats, by exit and SNR:\n"
    yield f"| SNR | {' | '.join(map(str, exits))} | mean |\n|---|{'---|' * (len(exits) + 1)}"
    for snr, row in zip(tables, means, strict=True):
        cells = " | ".join(f"{value:.2f}" for value in row)
        yield f"| {_named(snr)} | {cells} | {row.mean():.3f} |"
    yield ""
    depth = spearmanr(exits, means[0]).statistic
    noise = spearmanr([-snr for snr in SNRS], means.mean(axis=1)).statistic
    yield (
        f"Spearman correlation of clean speech's entropy with depth {depth:+.2f}, of the mean over "
        f"exits with noise {noise:+.2f}.\n"
    )


def _depths(tables: dict[float, ExitTable], fits: dict[Strategy, UnitFit]) -> Iterator[str]:
    """Mean exit and WER of each strategy at each SNR, beside fixed exits."""
    found = {
        strategy: [replay(table, fit.points[1].rule) for table in tables.values()]
        for strategy, fit in fits.items()
    }
    last = int(tables[SNRS[0]].exits[-1])
    yield "Where it leaves at the same θ, and the WER in %:\n"
    columns = [f"{strategy}: {what}" for strategy in fits for what in ("mean exit", "WER")]
    columns += [f"exit {HALF}: WER", f"exit {last}: WER"]
    yield f"| SNR | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}"
    for row, (snr, table) in enumerate(tables.items()):
        cells = [
            cell
            for outcomes in found.values()
            for cell in (
                f"{outcomes[row].depth.mean():.2f}",
                f"{outcomes[row].wer(table):.1f}",
            )
        ]
        cells += [f"{_wer(table, exit):.1f}" for exit in (HALF, last)]
        yield f"| {_named(snr)} | {' | '.join(cells)} |"
    yield ""
    depths = {name: [one.depth.mean() for one in outcomes] for name, outcomes in found.items()}
    deeper = ", ".join(f"{name} {depth[-1] - depth[0]:+.2f}" for name, depth in depths.items())
    yield f"Blocks that it runs more at {_named(SNRS[-1])} than on clean speech: {deeper}.\n"
    shown = [one.wer(table) for one, table in zip(found[SHOWN], tables.values(), strict=True)]
    fixed = [_wer(table, HALF) for table in tables.values()]
    no_worse = sum(one <= other for one, other in zip(fixed, shown, strict=True))
    yield (
        f"At {no_worse} of {len(fixed)} SNRs the fixed exit {HALF}, with fewer blocks, makes no "
        f"more errors than {SHOWN}: what units say of the sound is shown here, and not that this "
        "head needs the depth.\n"
    )
    _draw(depths[SHOWN], shown, fixed, ROOT / "docs" / PICTURE)
    yield f"![WER and mean exit against noise, strategy {SHOWN}]({PICTURE})"


def _wer(table: ExitTable, exit: int) -> float:
    return float(100 * table.errors[:, table.column(exit)].sum() / table.words.sum())


def _named(snr: float) -> str:
    return Surroundings(snr).name


def _draw(depth: Sequence[float], wer: Sequence[float], fixed: Sequence[float], path: Path) -> None:
    """WER of DAISY and of the fixed exit, and DAISY's mean exit, as in the paper's figure 5."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    places = range(len(SNRS))
    axes.plot(places, wer, "o-", color=BLUE, label="DAISY: WER")
    axes.plot(places, fixed, "s--", color=GREY, label=f"exit {HALF}: WER")
    axes.set_xticks(places, [_named(snr) for snr in SNRS])
    axes.set_xlabel("signal-to-noise ratio")
    axes.set_ylabel("word error rate, %")
    right = axes.twinx()
    right.plot(places, depth, "^:", color=VERMILION, label="DAISY: mean exit")
    right.axhline(HALF, color=GREY, linewidth=0.8)
    right.set_ylabel("blocks run")
    axes.legend(handles=[*axes.get_lines(), right.get_lines()[0]], loc="lower right")
    figure.savefig(path, dpi=120)


def _noises(data: Path, rate: int) -> Sounds:
    """Return the noises that no training has heard."""
    rows = [json.loads(line) for line in (data / "noise.jsonl").read_text().splitlines()]
    kept = [
        {**row, "audio_filepath": str(data / row["audio_filepath"])}
        for row in rows
        if row.get("split") == "test"
    ]
    return Sounds.read(_written("noise-test.jsonl", kept), rate)


def _short(manifest: Path) -> Path:
    """Write the list of a manifest's short corpora, and return where it is."""
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    kept = [
        {**row, "audio_filepath": str(manifest.parent / row["audio_filepath"])}
        for row in rows
        if row["corpus"] in SHORT
    ]
    return _written(f"short-{manifest.name}", kept)


def _written(name: str, rows: list[dict[str, object]]) -> Path:
    path = ROOT / RESULTS / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def eedge(*args: object) -> None:
    """Run an eedge command in the repository."""
    subprocess.run([sys.executable, "-m", "eedge", *map(str, args)], cwd=ROOT, check=True)
