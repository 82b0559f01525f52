"""`eedge run`: what it keeps from one utterance to the next, and that it says so."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from calibration.drift import at_exit
from edge.bundle import Bundle
from edge.calibration import ThresholdRule
from edge.encoder import Encoder
from edge.features import log_mel
from edge.reference import Reference
from tests.edge.calibrated import point, write_calibration
from tests.edge.tiny import EXITS, FEATURES

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four noises of half a second."""
    folder = tmp_path_factory.mktemp("across")
    generator = np.random.default_rng(3)
    paths = [folder / f"{number}.flac" for number in range(4)]
    for path in paths:
        soundfile.write(path, generator.normal(0, 0.1, 8_000), 16_000)
    return paths


@pytest.fixture(scope="module")
def bundle(
    tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, sounds: list[Path]
) -> Path:
    """A tiny bundle that is calibrated on such noises; the point 'least' has a threshold.

    Board `other` was calibrated on speech whose entropies are 100 times as high.
    """
    tiny = tiny_paths["dynamic-int8"]
    path = tmp_path_factory.mktemp("run") / "calibrated.eedge"
    opened = Bundle.open(shutil.copytree(tiny, path))
    samples, _ = soundfile.read(sounds[0], dtype="float32")
    steps = Encoder(opened).exits(log_mel(samples, FEATURES))
    first = next(step.score("entropy_nats") for step in steps)
    for board, factor in {"host": 1.0, "other": 100.0}.items():
        seen = np.random.default_rng(0).normal(first, 0.1 * first, 300) * factor
        # A tiny encoder of random weights is no surer the deeper it goes; the calibration says so.
        exits = {
            exit: at_exit(seen / column, 0.01 * column) for column, exit in enumerate(EXITS, 1)
        }
        rule = ThresholdRule(score="entropy_nats", threshold=2 * first)
        write_calibration(
            opened,
            board,
            [point("least", rule=rule)],
            [Reference(score="entropy_nats", exits=exits)],
        )
    return path


def records(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_adapting_says_so_and_goes_on_where_it_left_off(
    eedge: Run, bundle: Path, sounds: list[Path], tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    options = ("--point", "least", "--adapt", state, "--json")
    first = eedge("run", bundle, *sounds[:2], *options)
    assert first.returncode == 0
    assert f"adapting: each result depends on the utterances before it, in {state}" in first.stderr
    learnt = state.read_bytes()
    then = eedge("run", bundle, *sounds[2:], *options)
    assert state.read_bytes() != learnt
    at_once = eedge("run", bundle, *sounds, *options[:-2], tmp_path / "new.json", "--json")
    used = [row["thresholds"] for row in records(first) + records(then)]
    assert used == [row["thresholds"] for row in records(at_once)]
    assert used[0] == [None]
    assert (tmp_path / "new.json").read_bytes() == state.read_bytes()


def test_without_it_nothing_is_said_or_kept(eedge: Run, bundle: Path, sounds: list[Path]) -> None:
    done = eedge("run", bundle, sounds[0], "--point", "least", "--json")
    assert "eedge:" not in done.stderr
    (row,) = records(done)
    assert "thresholds" not in row
    assert row["exit"] == EXITS[0]


@pytest.mark.parametrize(
    ("options", "says", "status"),
    [
        (["--point", "full"], "'full' has no threshold that could be adapted", 2),
        (["--exit", "2"], "--adapt needs an operating point", 2),
    ],
    ids=str,
)
def test_what_cannot_be_adapted_is_wrong_usage(
    eedge: Run,
    bundle: Path,
    sounds: list[Path],
    tmp_path: Path,
    options: list[str],
    says: str,
    status: int,
) -> None:
    done = eedge("run", bundle, sounds[0], "--adapt", tmp_path / "state.json", *options)
    assert done.returncode == status
    assert says in done.stderr
    assert "Things to try:" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_is_left_alone_and_named(
    eedge: Run, bundle: Path, sounds: list[Path], tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    state.write_text("{}")
    done = eedge("run", bundle, sounds[0], "--point", "least", "--adapt", state)
    assert done.returncode == 1
    assert f"{state}: it has no checksum" in done.stderr
    assert "adapting then starts anew" in done.stderr
    assert done.stdout == ""
    assert state.read_text() == "{}"


def test_drift_is_said_once_and_stands_in_every_record(
    eedge: Run, bundle: Path, sounds: list[Path]
) -> None:
    files = 3 * sounds
    done = eedge("run", bundle, *files, "--board", "other", "--point", "least", "--json")
    assert done.returncode == 0
    assert done.stderr.count("no longer looks like what this bundle was calibrated on") == 1
    assert "--point full" in done.stderr
    drifted = [row["drift"]["drifted"] for row in records(done)]
    assert drifted == sorted(drifted)
    assert (drifted[0], drifted[-1]) == (False, True)


def test_at_full_depth_there_is_no_drift_to_speak_of(
    eedge: Run, bundle: Path, sounds: list[Path]
) -> None:
    done = eedge("run", bundle, sounds[0], "--board", "other", "--json")
    (row,) = records(done)
    assert "drift" not in row
    assert "eedge:" not in done.stderr
