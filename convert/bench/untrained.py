"""Encoders of true sizes with random weights: speed does not depend on what was learnt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
import torch

from boards.errors import UsageError, closest
from convert.bench.bench import Plan, Stage
from convert.convert import Conversion, convert
from edge.waveform import WaveformSettings
from training.checkpoint import CheckpointConfig, save_checkpoint
from training.pretrained import LARGE, EarlyExitPretrained, PretrainedConfig
from training.vocabulary import CHARACTERS

ENCODERS: Mapping[str, PretrainedConfig] = {
    "hubert-base": PretrainedConfig(),
    "hubert-large": LARGE,
}

_SEED = 1
_RECIPE, _TARGET = "dynamic-int8", "cpu"


def prepare_untrained(
    name: str, seconds: float, rounds: int, threads: tuple[int, ...], folder: Path, stage: Stage
) -> Plan:
    """Make all that a benchmark of an encoder of true size needs, unless `folder` has it.

    Args:
        name: a key of `ENCODERS`.
        seconds: of the one sound; the bundle is made for exactly its length.
        rounds: times that each engine recognises it.
        threads: numbers of threads to measure with.
        folder: where checkpoint, bundle, sound and exports are kept.
        stage: is told what is being done.

    Raises:
        UsageError: there is no such encoder, or the sound is too short for a frame.
    """
    if name not in ENCODERS:
        raise UsageError(
            f"there is no encoder '{name}'",
            closest(name, ENCODERS),
            f"known: {', '.join(ENCODERS)}",
        )
    config, features = ENCODERS[name], WaveformSettings()
    samples = round(seconds * features.sample_rate)
    bucket = config.framing.frames(samples)
    if not bucket:
        raise UsageError(f"{seconds:g} s of sound do not make a frame: it takes 0.025 s")
    checkpoint, work = folder / name, folder / f"{name}-{bucket}"
    work.mkdir(parents=True, exist_ok=True)
    if not checkpoint.is_dir():
        _write_checkpoint(checkpoint, name, config, features)
    bundle = work / f"{name}.eedge"
    if not bundle.is_dir():
        with stage(f"converting {name} with random weights") as on_progress:
            plan = Conversion(checkpoint, _RECIPE, _TARGET, (bucket,))
            convert(plan, bundle, on_parts=on_progress)
    data = _write_sound(work, samples, features.sample_rate)
    return Plan(
        bundle,
        checkpoint,
        data,
        utterances=1,
        rounds=rounds,
        threads=threads,
        work=work,
        untrained=True,
    )


def _write_checkpoint(
    folder: Path, name: str, config: PretrainedConfig, features: WaveformSettings
) -> None:
    torch.manual_seed(_SEED)
    model = EarlyExitPretrained(config, len(CHARACTERS))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "norm" in key:
                # As made, norms multiply by 1 and add 0, which a converter would leave out.
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    whole = CheckpointConfig(
        name=name, origin=f"random weights, seed {_SEED}", features=features, encoder=config
    )
    save_checkpoint(folder, whole, model, CHARACTERS, f"# {name}\n\nRandom weights.\n")


def _write_sound(folder: Path, samples: int, sample_rate: int) -> Path:
    """Write noise that swells and fades four times a second, as speech does, and a list of it."""
    times = np.arange(samples) / sample_rate
    noise = np.random.default_rng(_SEED).normal(0, 0.05, samples)
    soundfile.write(folder / "noise.wav", noise * (1 + np.sin(8 * np.pi * times)), sample_rate)
    row = {"audio_filepath": "noise.wav", "duration": samples / sample_rate, "text": "noise"}
    data = folder / "noise.jsonl"
    data.write_text(json.dumps(row) + "\n")
    return data
