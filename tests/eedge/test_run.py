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

from edge.bundle import Bundle
from edge.calibration import FixedRule, OperatingPoint, ThresholdRule
from edge.recogniser import Recogniser
from tests.edge.calibrated import write_points

Run = Callable[..., subprocess.CompletedProcess[str]]

FIELDS = {
    "audio",
    "text",
    "exit",
    "blocks",
    "duration_s",
    "latency_ms",
    "loading_ms",
    "rtf",
    "score",
    "point",
}


@pytest.fixture(scope="session")
def tiny(tiny_paths: dict[str, Path]) -> Path:
    """A tiny bundle without a calibration; not to be written to."""
    return tiny_paths["dynamic-int8"]


@pytest.fixture(scope="module")
def calibrated(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle with two operating points for the host, and one for another board."""
    path = tmp_path_factory.mktemp("run") / "calibrated.eedge"
    bundle = Bundle.open(shutil.copytree(tiny, path))
    figures = {"wer": 0.0, "wer_low": 0.0, "wer_high": 0.0, "mean_exit": 1.0, "cost_s": 0.01}
    full = OperatingPoint(name="full", rule=FixedRule(exit=4), **figures)
    least = OperatingPoint(
        name="least", rule=ThresholdRule(score="entropy_nats", threshold=99.0), **figures
    )
    write_points(bundle, "host", [full, least])
    write_points(bundle, "small-board", [least])
    return path


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound of 1 s, of 5 s (which the tiny bundle takes in pieces) and of silence."""
    folder = tmp_path_factory.mktemp("sounds")
    noise = np.random.default_rng(3).normal(0, 0.1, 5 * 16_000)
    noise *= 1 + np.sin(np.arange(len(noise)) / 2_000)
    soundfile.write(folder / "short.flac", noise[:16_000], 16_000)
    soundfile.write(folder / "long.flac", noise, 16_000)
    soundfile.write(folder / "silent.flac", np.zeros(16_000), 16_000)
    (folder / "broken.wav").write_text("not sound")
    return folder


def records(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_prints_one_record_for_each_file(eedge: Run, tiny: Path, sounds: Path) -> None:
    done = eedge("run", tiny, sounds / "short.flac", sounds / "silent.flac", "--json")
    assert done.returncode == 0
    short, silent = records(done)
    assert set(short) == set(silent) == FIELDS
    expected = Recogniser(Bundle.open(tiny)).transcribe_file(sounds / "short.flac")
    assert short["audio"] == str(sounds / "short.flac")
    assert (short["text"], short["exit"], short["blocks"]) == (expected.text, 4, 4)
    assert short["score"] == pytest.approx(expected.score)
    assert short["duration_s"] == 1.0
    assert short["rtf"] == pytest.approx(short["latency_ms"] / 1e3, abs=1e-5)
    assert short["point"] is None
    assert (silent["text"], silent["exit"], silent["score"]) == ("", 0, None)


def test_it_prints_a_line_for_people(eedge: Run, tiny: Path, sounds: Path) -> None:
    done = eedge("run", tiny, sounds / "short.flac", sounds / "long.flac")
    assert done.returncode == 0
    short, long, *pieces = done.stdout.splitlines()
    text = Recogniser(Bundle.open(tiny)).transcribe_file(sounds / "short.flac").text
    assert short.startswith("exit  4 ")
    assert short.endswith(f"short.flac  {text}")
    assert " ms  RTF 0." in short
    assert long.endswith(f"{len(pieces)} pieces:")
    assert all("from " in piece for piece in pieces)


def test_long_sound_is_one_record_with_its_segments(eedge: Run, tiny: Path, sounds: Path) -> None:
    (record,) = records(eedge("run", tiny, sounds / "long.flac", "--json"))
    segments = record["segments"]
    assert len(segments) >= 3
    assert record["text"] == " ".join(segment["text"] for segment in segments)
    assert record["duration_s"] == pytest.approx(5)
    assert record["latency_ms"] == pytest.approx(sum(s["latency_ms"] for s in segments), abs=0.01)
    assert segments[0]["start_s"] == 0
    assert [s["start_s"] for s in segments[1:]] == pytest.approx(
        np.cumsum([s["duration_s"] for s in segments])[:-1]
    )


@pytest.mark.parametrize("exit", [1, 2, 4])
def test_it_leaves_at_the_exit_asked_for(
    eedge: Run, calibrated: Path, sounds: Path, exit: int
) -> None:
    done = eedge("run", calibrated, sounds / "short.flac", "--exit", str(exit), "--json")
    (record,) = records(done)
    assert (record["exit"], record["blocks"], record["point"]) == (exit, exit, None)


@pytest.mark.parametrize(
    ("options", "point", "exit"),
    [
        ([], "full", 4),
        (["--point", "least"], "least", 1),
        (["--board", "small-board"], "least", 1),
        (["--board", "host", "--point", "full"], "full", 4),
    ],
    ids=str,
)
def test_it_runs_at_the_operating_point_asked_for(
    eedge: Run, calibrated: Path, sounds: Path, options: list[str], point: str, exit: int
) -> None:
    done = eedge("run", calibrated, sounds / "short.flac", "--json", *options)
    (record,) = records(done)
    assert (record["point"], record["exit"]) == (point, exit)


def test_a_broken_file_is_reported_and_the_others_still_run(
    eedge: Run, tiny: Path, sounds: Path
) -> None:
    files = [sounds / name for name in ("short.flac", "broken.wav", "missing.wav", "silent.flac")]
    done = eedge("run", tiny, *files, "--json")
    assert done.returncode == 1
    lines = records(done)
    assert [line["audio"] for line in lines] == [str(file) for file in files]
    assert [line.get("error", {}).get("kind") for line in lines] == [
        None,
        "AudioError",
        "AudioError",
        None,
    ]
    assert lines[1]["error"]["try"]

    done = eedge("run", tiny, *files)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.count("eedge: error: ") == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "says", "status"),
    [
        (["--exit", "3"], "no exit 3", 2),
        (["--exit", "2", "--point", "full"], "both say where to leave", 2),
        (["--point", "leest"], "no operating point 'leest'", 2),
        (["--board", "hosst"], "not calibrated for board 'hosst'", 1),
        (["--threads", "0"], "0 is not in the range", 2),
    ],
    ids=str,
)
def test_wrong_usage_says_what_there_is(
    eedge: Run, calibrated: Path, sounds: Path, options: list[str], says: str, status: int
) -> None:
    done = eedge("run", calibrated, sounds / "short.flac", *options)
    assert done.returncode == status
    assert says in done.stderr
    assert "Things to try:" in done.stderr


def test_a_damaged_bundle_is_not_run(eedge: Run, tiny: Path, sounds: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(tiny, tmp_path / "damaged.eedge")
    (damaged / "block_02.tflite").write_bytes(b"")
    done = eedge("run", damaged, sounds / "short.flac", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["error"]["kind"] == "BundleError"
    assert "block_02.tflite" in answer["error"]["what"]


def test_a_point_without_a_calibration_says_how_to_get_one(
    eedge: Run, tiny: Path, sounds: Path
) -> None:
    done = eedge("run", tiny, sounds / "short.flac", "--point", "least")
    assert done.returncode == 1
    assert "eedge calibrate" in done.stderr
