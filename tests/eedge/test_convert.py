"""`eedge convert` as a user meets it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.convert.conftest import checkpoint
from tests.interrupts import hear_interrupts

pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

Eedge = Callable[..., subprocess.CompletedProcess[str]]

__all__ = ["checkpoint"]


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_unknown_recipe_is_refused_with_the_nearest(
    eedge: Eedge, checkpoint: Path, tmp_path: Path
) -> None:
    done = eedge("convert", checkpoint, "--recipe", "dynamic_int8", "-o", tmp_path / "x.eedge")
    assert done.returncode == 1
    assert "did you mean 'dynamic-int8'?" in done.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("buckets", ["a", "25,10", "0,5", "25,25"])
def test_buckets_must_ascend(eedge: Eedge, checkpoint: Path, buckets: str) -> None:
    done = eedge("convert", checkpoint, "--buckets", buckets)
    assert done.returncode == 2
    assert "--buckets" in done.stderr


def test_a_gate_without_speech_is_refused(eedge: Eedge, checkpoint: Path, tmp_path: Path) -> None:
    done = eedge("convert", checkpoint, "--min-sqnr", "20", "-o", tmp_path / "x.eedge")
    assert done.returncode == 1
    assert "--data" in done.stderr


def test_a_folder_that_is_no_bundle_is_not_overwritten(
    eedge: Eedge, checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = eedge("convert", checkpoint, "-o", tmp_path / "mine")
    assert done.returncode == 1
    assert "exists and is no bundle" in done.stderr
    assert left_behind(tmp_path / "mine") == ["thesis.txt"]


def test_a_checkpoint_without_exits_is_refused(
    eedge: Eedge, checkpoint: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text())
    config["encoder"]["exits"] = []
    (copy / "config.json").write_text(json.dumps(config))
    done = eedge("convert", copy, "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "CheckpointError"
    assert "exits names no exit" in error["what"]


@pytest.mark.slow
def test_a_missed_gate_fails_and_leaves_nothing(
    eedge: Eedge, checkpoint: Path, repository: Path, tmp_path: Path
) -> None:
    data = repository / "tests" / "audio" / "cal.jsonl"
    done = eedge(
        "convert", checkpoint, "--data", data, "--utterances", "4", "--buckets", "100",
        "--min-sqnr", "90", "-o", tmp_path / "x.eedge", "--json",
    )  # fmt: skip
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["error"]["kind"] == "GateError"
    assert "below --min-sqnr 90" in document["error"]["what"]
    assert left_behind(tmp_path) == []


def start(checkpoint: Path, out: Path, *wrapper: str) -> subprocess.Popen[str]:
    command: list[str | Path] = [*wrapper, sys.executable, "-m", "eedge", "convert", checkpoint]
    return subprocess.Popen(
        [*command, "--jobs", "2", "-o", out],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )


@pytest.mark.slow
def test_interrupted_it_leaves_nothing(checkpoint: Path, tmp_path: Path) -> None:
    running = start(checkpoint, tmp_path / "x.eedge")
    deadline = time.monotonic() + 60
    while not left_behind(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert left_behind(tmp_path) == []


@pytest.mark.slow
def test_a_full_disk_is_an_error_and_leaves_nothing(checkpoint: Path, tmp_path: Path) -> None:
    # A disk of its own, in a namespace of its own, that is full after a few parts.
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=40k tmpfs '{disk}'"
    probe = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("cannot mount a small disk here (needs the right to make namespaces)")
    script = f'{mount} && "$@"; status=$?; ls -A "{disk}" >&2; exit $status'
    running = start(checkpoint, disk / "x.eedge", "unshare", "-m", "sh", "-c", script, "sh")
    _, said = running.communicate(timeout=120)
    assert running.returncode == 1, said
    assert "eedge: error:" in said
    assert "Traceback" not in said
    assert "x.eedge" not in said.splitlines()[-1]
